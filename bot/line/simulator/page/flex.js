// Flex containers drawn with plain elements. Only textContent is used for words: nothing that is said can become markup.

const SIZES = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 18, xl: 21, xxl: 25, "3xl": 29, "4xl": 34, "5xl": 40 };
const SPACES = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const ALIGN = { start: "left", center: "center", end: "right" };
const COLOUR = /^#[0-9a-f]{6}([0-9a-f]{2})?$/i;

const px = (value) => (value in SPACES ? `${SPACES[value]}px` : /^\d+(\.\d+)?(px|%)$/.test(value || "") ? value : "");
const colour = (value) => (COLOUR.test(value || "") ? value : "");

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function container(part, tap) {
  if (part.type === "bubble") return bubble(part, tap);
  const row = make("div", "carousel");
  row.setAttribute("role", "list");
  row.tabIndex = 0;
  for (const one of part.contents || []) {
    const card = bubble(one, tap);
    card.setAttribute("role", "listitem");
    row.append(card);
  }
  return row;
}

function bubble(part, tap) {
  const node = make("article", `bubble ${/^[a-z]+$/.test(part.size || "") ? part.size : "mega"}`);
  for (const key of ["header", "hero", "body", "footer"]) {
    if (!part[key]) continue;
    const block = component(part[key], "vertical", tap);
    block.classList.add("block", key === "body" ? "middle" : key);
    node.append(block);
  }
  return node;
}

function component(part, within, tap) {
  const node = (DRAW[part.type] || unknown)(part, tap);
  if (part.margin) node.style[within === "vertical" ? "marginTop" : "marginLeft"] = px(part.margin);
  if (within !== "vertical") node.style.flex = part.flex === undefined ? "1 1 0" : part.flex === 0 ? "0 0 auto" : `${Number(part.flex)} 1 0`;
  return node;
}

const DRAW = {
  box(part, tap) {
    const node = part.action ? tappable(part.action, tap, "box") : make("div", "box");
    node.style.flexDirection = part.layout === "vertical" ? "column" : "row";
    if (part.layout === "baseline") node.style.alignItems = "baseline";
    node.style.gap = px(part.spacing);
    node.style.padding = px(part.paddingAll);
    node.style.borderRadius = px(part.cornerRadius);
    node.style.backgroundColor = colour(part.backgroundColor);
    for (const child of part.contents || []) node.append(component(child, part.layout, tap));
    return node;
  },
  text(part, tap) {
    const node = part.action ? tappable(part.action, tap, "words") : make("div", "words");
    if (part.contents) for (const span of part.contents) node.append(styled(make("span", "", span.text || ""), span));
    else node.textContent = part.text || "";
    node.style.whiteSpace = part.wrap ? "pre-wrap" : "nowrap";
    node.style.textAlign = ALIGN[part.align] || "";
    return styled(node, part);
  },
  button(part, tap) {
    const node = tappable(part.action, tap, `flex-button ${["primary", "secondary"].includes(part.style) ? part.style : "link"}`);
    node.textContent = part.action.label || "";
    if (part.style === "link" || !part.style) node.style.color = colour(part.color);
    else node.style.backgroundColor = colour(part.color);
    return node;
  },
  separator: (part) => {
    const node = make("hr", "separator");
    node.style.borderColor = colour(part.color);
    return node;
  },
  image(part, tap) {
    const picture = make("img");
    picture.alt = "";
    if (/^https:\/\//.test(part.url || "")) picture.src = part.url;
    if (!part.action) return picture;
    const node = tappable(part.action, tap, "box");
    node.append(picture);
    return node;
  },
  filler: () => make("div", "filler"),
};
DRAW.icon = DRAW.image;

function unknown(part) {
  return make("div", "words", `(${part.type})`);
}

function styled(node, part) {
  const size = SIZES[part.size || "md"];
  node.style.fontSize = size ? `${size}px` : px(part.size);
  node.style.color = colour(part.color);
  if (part.weight === "bold") node.style.fontWeight = "700";
  return node;
}

export function tappable(action, tap, className) {
  const link = action.type === "uri" && /^(https?|tel):/.test(action.uri || "");
  const node = make(link ? "a" : "button", className);
  if (link) {
    node.href = action.uri;
    node.rel = "noopener noreferrer";
    if (!action.uri.startsWith("tel:")) node.target = "_blank";
  } else {
    node.type = "button";
    node.addEventListener("click", () => tap(action));
  }
  node.classList.add("tappable");
  return node;
}
