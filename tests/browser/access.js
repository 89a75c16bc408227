// What keeps people out of a page, as far as a machine can see; one line each. Run with the language the page must be in.
(language) => {
  const found = [];
  const say = (what, one) => found.push(`${what}: ${one ? one.outerHTML.replace(/\s+/g, " ").slice(0, 120) : ""}`);
  const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const text = (one) => (one.getAttribute("aria-label") || one.innerText || "").trim();

  if (document.documentElement.lang !== language) say(`lang is ${document.documentElement.lang}`, null);
  if (!document.title.trim()) say("no title", null);
  if (all("h1").length !== 1) say(`${all("h1").length} first headings`, null);
  if (document.documentElement.scrollWidth > window.innerWidth) {
    say(`scrolls sideways (${document.documentElement.scrollWidth})`, null);
    all("main *").filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1 && !one.closest(".scroll, pre, .code"))
      .slice(0, 2).forEach((one) => say("too wide", one));
  }
  const ids = all("[id]").map((one) => one.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => say(`id twice ${id}`, null));
  all("[style], [onclick], style, script:not([src])").forEach((one) => say("inline style or script", one));
  all("[tabindex]").filter((one) => one.tabIndex > 0).forEach((one) => say("order of its own", one));
  all("input:not([type=hidden]), select, textarea").filter((one) => !one.closest("[aria-hidden=true]"))
    .filter((one) => !(one.labels && [...one.labels].some((label) => label.innerText.trim())) && !one.getAttribute("aria-label"))
    .forEach((one) => say("no label", one));
  all("a[href], button, summary").filter((one) => !text(one)).forEach((one) => say("no name", one));
  all("img").filter((one) => !one.hasAttribute("alt")).forEach((one) => say("no alternative text", one));
  all("svg").filter((one) => one.getAttribute("aria-hidden") !== "true" && !one.getAttribute("aria-label")).forEach((one) => say("picture without a name", one));
  all("table").filter((one) => !one.querySelector("th")).forEach((one) => say("table without headings", one));
  all(".scroll").filter((one) => one.scrollWidth > one.clientWidth && one.tabIndex < 0).forEach((one) => say("scrolls but not by keyboard", one));
  let level = 0;
  all("h1, h2, h3, h4").forEach((one) => { const now = Number(one.tagName[1]); if (now > level + 1) say("heading level left out", one); level = now; });

  // Targets of at least 24 × 24 px (2.5.8); links inside a sentence are excepted.
  all("a[href], button, select, summary, input:not([type=hidden])").filter((one) => !one.closest("p, td, blockquote, .away, .skip") && !one.matches(".skip"))
    .forEach((one) => { const box = one.getBoundingClientRect(); if (box.width && (box.width < 24 || box.height < 24)) say(`small (${Math.round(box.width)}×${Math.round(box.height)})`, one); });

  // Contrast of text on what lies behind it (1.4.3) and of the edges of fields (1.4.11).
  const rgb = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const behind = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) { const colour = rgb(getComputedStyle(at).backgroundColor); if (colour.a) layers.push(colour); if (colour.a === 1) break; }
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => { const [x, y, z] = [r, g, b].map((v) => { const s = v / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; }); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const judged = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const one = node.parentElement;
    if (!node.data.trim() || judged.has(one) || !one.checkVisibility() || one.closest(".away, .skip, script, option")) continue;
    judged.add(one);
    const style = getComputedStyle(one), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const ground = behind(one), ratio = contrast(over(rgb(style.color), ground), ground);
    if (ratio < least && !one.closest("[disabled]")) say(`contrast ${ratio.toFixed(2)}`, one);
  }
  all("input:not([type=hidden]), select, textarea").filter((one) => !one.closest(".away")).forEach((one) => {
    const ratio = contrast(rgb(getComputedStyle(one).borderTopColor), behind(one.parentElement));
    if (ratio < 3) say(`edge ${ratio.toFixed(2)}`, one);
  });
  // In English nothing of the page's own words is left in Thai (what people wrote, and names, may be).
  if (language === "en") all("h1, h2, h3, label, th, button, nav a").filter((one) => !one.closest("[lang=th], [dir=auto], form[action='/console/language']"))
    .map((one) => [one, [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("")])
    .filter(([one, own]) => /[ก-๛]/.test(own) && !one.querySelector("[lang=th]")).forEach(([one]) => say("Thai on an English page", one));
  return found;
}
