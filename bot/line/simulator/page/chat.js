// The phone: one chat at a time, news by long polling, everything a person can do in LINE that the bot understands.
import { container, make, tappable } from "./flex.js";
import { drawn } from "./drawings.js";

const $ = (id) => document.getElementById(id);
const PLACES = [
  ["เทศบาลนครเชียงราย", "ตำบลเวียง อำเภอเมืองเชียงราย เชียงราย", 19.9094, 99.8275],
  ["อบต.แม่ข้าวต้ม", "ตำบลแม่ข้าวต้ม อำเภอเมืองเชียงราย เชียงราย", 20.0086, 99.9176],
  ["เทศบาลนครขอนแก่น", "ตำบลในเมือง อำเภอเมืองขอนแก่น ขอนแก่น", 16.4322, 102.8236],
  ["เทศบาลนครอุบลราชธานี", "ตำบลในเมือง อำเภอเมืองอุบลราชธานี อุบลราชธานี", 15.2287, 104.8564],
  ["เขตบางกะปิ", "เขตบางกะปิ กรุงเทพมหานคร", 13.7656, 100.6472],
  ["เทศบาลนครหาดใหญ่", "ตำบลหาดใหญ่ อำเภอหาดใหญ่ สงขลา", 7.0084, 100.4747],
  ["เทศบาลนครยะลา", "ตำบลสะเตง อำเภอเมืองยะลา ยะลา", 6.5411, 101.2804],
];
const STICKERS = [
  ["thanks", "ขอบคุณ", ["thank you", "ขอบคุณ"]],
  ["hello", "สวัสดี", ["hello", "สวัสดี"]],
  ["ok", "โอเค", ["ok", "โอเค"]],
  ["sad", "เสียใจ", ["sad", "crying", "เสียใจ"]],
  ["scared", "กลัว", ["scared", "help", "กลัว"]],
  ["love", "รัก", ["love", "รัก"]],
];

const state = { chat: "", seq: 0, mark: "", group: false, generation: 0, menu: null, menuOpen: true, lastSpeaker: "", lastDay: "", loading: 0 };

async function call(path, body) {
  const answer = await fetch(path, body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).message);
  return answer.json();
}

async function act(what, parts = {}) {
  if (state.menu && state.menuOpen && what !== "unsend") openMenu(false);
  clearQuick();
  try {
    const done = await call(`/_sim/chats/${state.chat}/do`, { what, ...parts });
    if (done.status < 200 || done.status > 299) note(done.status ? `บอตตอบกลับด้วยรหัส ${done.status}` : "บอตยังไม่ตอบรับ (ไม่ได้เปิด หรือช้าเกิน 2 วินาที)");
  } catch {
    note("ส่งไม่สำเร็จ ตัวจำลองไม่ตอบ");
  }
}

// ---- what is shown -------------------------------------------------------------------------------------------------------------------

function time(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("th-TH", { hour: "2-digit", minute: "2-digit" });
}

function day(seconds) {
  const text = new Date(seconds * 1000).toLocaleDateString("th-TH", { weekday: "short", day: "numeric", month: "short" });
  if (text === state.lastDay) return;
  state.lastDay = text;
  add(make("p", "day", text));
}

function add(node) {
  const typing = $("chat").querySelector(".typing");
  if (typing) typing.before(node);
  else $("chat").append(node);
}

function note(text) {
  add(make("p", "note", text));
  toEnd();
}

function toEnd() {
  requestAnimationFrame(() => $("chat").scrollTo({ top: $("chat").scrollHeight }));
}

function show(item, live) {
  if (item.kind === "unsent") return unsent(item.id);
  const message = item.message;
  day(item.at);
  const mine = item.from === "user";
  const row = make("div", `row ${mine ? "mine" : "theirs"}`);
  const speaker = mine ? item.name : "bot";
  if (speaker === state.lastSpeaker) row.classList.add("same");
  state.lastSpeaker = speaker;
  row.dataset.id = message.id;
  if (!mine) row.append(Object.assign(make("span", "face small", "สิทธิ"), { ariaHidden: "true" }));
  const body = make("div", "body");
  if (mine && state.group) body.append(make("span", "name", item.name));
  const shown = (BODIES[message.type] || BODIES.other)(message);
  body.append(shown);
  row.append(body);
  const side = make("div", "side");
  if (mine) side.append(Object.assign(make("span", "read", "อ่านแล้ว"), { hidden: true }));
  side.append(make("time", "", time(item.at)));
  row.append(side);
  row.dataset.seq = item.seq;
  if (mine && message.type !== "unsent") takeBack(row, shown);
  add(row);
  if (mine) clearQuick();
  else {
    quick(message.quickReply);
    if (live) lockScreen(message);
  }
}

const BODIES = {
  text(message) {
    const node = make("div", "said");
    node.append(...linked(message.text));
    return node;
  },
  flex: (message) => container(message.contents, tap),
  sticker(message) {
    const node = make("div", "sticker");
    node.append(drawn(message.face));
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", `สติกเกอร์ ${(message.keywords || []).at(-1) || ""}`);
    return node;
  },
  location(message) {
    const node = make("div", "said place");
    node.append(make("strong", "", message.title || "ตำแหน่ง"), make("span", "", message.address || `${message.latitude}, ${message.longitude}`));
    return node;
  },
  image(message) {
    const node = make("img", "picture");
    node.alt = "รูปที่ส่ง";
    node.src = message.originalContentUrl && /^https:/.test(message.originalContentUrl) ? message.originalContentUrl : `/_sim/contents/${encodeURIComponent(message.id)}`;
    return node;
  },
  audio(message) {
    const node = Object.assign(make("audio", "voice"), { controls: true, preload: "none", src: `/_sim/contents/${encodeURIComponent(message.id)}` });
    node.setAttribute("aria-label", "เสียงที่ส่ง");
    return node;
  },
  video(message) {
    const node = Object.assign(make("video", "picture"), { controls: true, preload: "none", src: `/_sim/contents/${encodeURIComponent(message.id)}` });
    node.setAttribute("aria-label", "วิดีโอที่ส่ง");
    return node;
  },
  file: (message) => make("div", "said", `📄 ${message.fileName || "ไฟล์"}`),
  unsent: () => make("div", "gone", "ยกเลิกข้อความแล้ว"),
  other: (message) => make("div", "said", message.altText || message.text || `(${message.type})`),
};

// Phone numbers and addresses in plain text can be tapped, as in LINE.
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+|(?<!\d)(?:0\d{1,2}-?\d{3}-?\d{3,4}|1\d{2,3}|191)(?!\d)(?=\s|$|[)\]/,;]))/).map((part, i) => {
    if (i % 2 === 0) return document.createTextNode(part);
    const node = make("a", "", part);
    node.href = part.startsWith("http") ? part : `tel:${part.replaceAll("-", "")}`;
    node.rel = "noopener noreferrer";
    return node;
  });
}

function lockScreen(message) {
  const words = message.altText || message.text || { sticker: "ส่งสติกเกอร์", image: "ส่งรูป" }[message.type] || "";
  const node = $("lock");
  node.replaceChildren(make("strong", "", "รู้สิทธิ"), make("span", "", words.replace(/\s+/g, " ").slice(0, 120)));
  node.hidden = false;
  clearTimeout(lockScreen.timer);
  lockScreen.timer = setTimeout(() => (node.hidden = true), 4000);
}

function unsent(id) {
  for (const row of $("chat").querySelectorAll(".row")) if (row.dataset.id === id) row.querySelector(".body").replaceChildren(BODIES.unsent());
}

function takeBack(row, shown) {
  let timer;
  const open = (event) => {
    event?.preventDefault();
    closePopups();
    const menu = make("div", "popup take-back");
    const button = make("button", "", "ยกเลิกข้อความ");
    button.type = "button";
    button.addEventListener("click", () => (menu.remove(), act("unsend", { message: row.dataset.id })));
    menu.append(button);
    row.querySelector(".body").append(menu);
    button.focus();
  };
  shown.tabIndex = 0;
  shown.addEventListener("contextmenu", open);
  shown.addEventListener("keydown", (event) => event.key === "Enter" && open(event));
  shown.addEventListener("pointerdown", () => (timer = setTimeout(open, 600)));
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) shown.addEventListener(end, () => clearTimeout(timer));
}

function clearQuick() {
  $("quick").replaceChildren();
}

function quick(reply) {
  clearQuick();
  for (const item of reply?.items || []) {
    const node = tappable(item.action, tap, "chip");
    node.textContent = item.action.label;
    $("quick").append(node);
  }
  $("quick").scrollLeft = 0;
}

function typing(seconds) {
  $("chat").querySelector(".typing")?.remove();
  clearTimeout(typing.timer);
  if (seconds <= 0) return;
  const node = make("div", "row theirs typing");
  node.append(Object.assign(make("span", "face small", "สิทธิ"), { ariaHidden: "true" }));
  const dots = make("div", "said dots");
  dots.setAttribute("aria-label", "กำลังตอบ");
  dots.append(make("i"), make("i"), make("i"));
  node.append(dots);
  $("chat").append(node);
  typing.timer = setTimeout(() => node.remove(), seconds * 1000);
  toEnd();
}

// ---- what a person does --------------------------------------------------------------------------------------------------------------

function tap(action) {
  if (action.type === "message") return act("say", { text: action.text });
  if (action.type === "postback") return act("tap", { data: action.data, show: action.displayText || "" });
  if (action.type === "datetimepicker") return pickDate(action);
  if (action.type === "location") return pickPlace();
  if (action.type === "camera" || action.type === "cameraRoll") return $("picture").click();
  if (action.type === "uri") return note(`เปิดลิงก์ ${action.uri}`);
}

function ask(title, body, ok = "ตกลง") {
  $("ask-title").textContent = title;
  $("ask-body").replaceChildren(...body);
  $("ask-ok").textContent = ok;
  $("ask-ok").hidden = !ok;
  $("ask").returnValue = "";
  $("ask").showModal();
  return new Promise((done) => $("ask").addEventListener("close", () => done($("ask").returnValue), { once: true }));
}

async function pickDate(action) {
  const input = Object.assign(make("input"), { type: action.mode === "datetime" ? "datetime-local" : action.mode, required: true });
  for (const [key, name] of [["min", "min"], ["max", "max"], ["initial", "value"]]) if (action[key]) input[name] = action[key];
  input.setAttribute("aria-label", action.label);
  const era = make("p", "era");
  const tell = () => (era.textContent = input.value ? new Date(`${input.value}T00:00`).toLocaleDateString("th-TH", { dateStyle: "long" }) : "");
  input.addEventListener("input", tell);
  tell();
  if ((await ask(action.label || "เลือกวันที่", [input, era])) === "ok" && input.value) await act("tap", { data: action.data, params: { [action.mode]: input.value } });
}

async function pickPlace() {
  const list = make("div", "places");
  for (const [title, address, latitude, longitude] of PLACES) {
    const button = make("button", "place-choice");
    button.type = "button";
    button.append(make("strong", "", title), make("span", "", address));
    button.addEventListener("click", () => ($("ask").close("place"), act("location", { title, address, latitude, longitude })));
    list.append(button);
  }
  await ask("ส่งตำแหน่งที่ตั้ง", [list], "");
}

function openTray(open) {
  $("tray").hidden = !open;
  $("plus").setAttribute("aria-expanded", String(open));
  if (open) openMenu(false);
}

function fillTray() {
  const tools = make("div", "tools");
  for (const [icon, label, run] of [["place", "ส่งตำแหน่ง", pickPlace], ["picture", "ส่งรูป", () => $("picture").click()], ["voice", "ส่งเสียงหรือไฟล์", () => $("any-file").click()]]) {
    const button = make("button", "tool");
    button.type = "button";
    button.append(drawn(icon), make("span", "", label));
    button.addEventListener("click", () => (openTray(false), run()));
    tools.append(button);
  }
  for (const [face, label, keywords] of STICKERS) {
    const button = make("button", "tool");
    button.type = "button";
    button.setAttribute("aria-label", `สติกเกอร์ ${label}`);
    button.append(drawn(face), make("span", "", label));
    button.addEventListener("click", () => (openTray(false), act("sticker", { keywords, face })));
    tools.append(button);
  }
  $("tray").append(tools);
}

// A picture, a recording or a film goes as such, as from the phone's own buttons; anything else as a file.
function sendFile(file) {
  const kind = /^(image|audio|video)\//.exec(file.type)?.[1] || "file";
  const reader = new FileReader();
  reader.addEventListener("load", () => act("media", { kind, type: file.type, name: file.name, base64: String(reader.result).split(",")[1] || "" }));
  reader.readAsDataURL(file);
}

// ---- rich menu -----------------------------------------------------------------------------------------------------------------------

function openMenu(open) {
  state.menuOpen = open;
  $("menu").hidden = !(open && state.menu);
  if (open) openTray(false);
  toEnd();
}

function drawMenu(menu) {
  if (menu?.id === state.menu?.id) return;
  state.menu = menu;
  $("menu-switch").hidden = !menu;
  $("menu").replaceChildren();
  if (menu) {
    const { width, height } = menu.size;
    const picture = Object.assign(make("img"), { src: `/_sim/menus/${encodeURIComponent(menu.id)}`, alt: "" });
    picture.style.aspectRatio = `${width} / ${height}`;
    $("menu").append(picture);
    for (const { bounds, action } of menu.areas) {
      const area = tappable(action, tap, "area");
      area.setAttribute("aria-label", action.label || action.displayText || action.text || action.data || "");
      Object.assign(area.style, { left: `${(bounds.x / width) * 100}%`, top: `${(bounds.y / height) * 100}%`, width: `${(bounds.width / width) * 100}%`, height: `${(bounds.height / height) * 100}%` });
      $("menu").append(area);
    }
  }
  openMenu(state.menuOpen);
}

// ---- news ----------------------------------------------------------------------------------------------------------------------------

function render(news, live) {
  for (const item of news.items) show(item, live);
  typing(news.loading);
  drawMenu(news.menu);
  $("blocked").hidden = !news.blocked;
  $("bar").hidden = news.blocked;
  $("block").hidden = news.blocked || state.group;
  $("follow").hidden = state.group;
  for (const row of $("chat").querySelectorAll(".mine")) row.querySelector(".read").hidden = Number(row.dataset.seq) > news.read;
  if (news.items.length) toEnd();
}

async function listen(generation) {
  let live = false;
  while (generation === state.generation) {
    try {
      const query = new URLSearchParams({ after: state.seq, wait: live ? 20 : 0, state: state.mark });
      const news = await call(`/_sim/chats/${state.chat}?${query}`);
      if (generation !== state.generation) return;
      Object.assign(state, { seq: news.seq, mark: news.state });
      render(news, live);
      document.body.dataset.ready = "yes";
      live = true;
    } catch {
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

function open(person) {
  Object.assign(state, { chat: person.id, group: person.group, seq: 0, mark: "", lastSpeaker: "", lastDay: "", generation: state.generation + 1 });
  localStorage.setItem("chat", person.id);
  $("chat").replaceChildren(hello());
  clearQuick();
  $("text").placeholder = person.group ? "พิมพ์ @ นำหน้าเพื่อเรียกบอต" : "พิมพ์ข้อความ";
  $("lock").replaceChildren();
  $("lock").hidden = true;
  listen(state.generation);
}

// What an empty chat shows: how to begin.
function hello() {
  const node = make("div", "hello");
  const button = make("button", "", "เพิ่มเพื่อน");
  button.type = "button";
  button.addEventListener("click", () => act(state.group ? "join" : "follow"));
  node.append(make("p", "", "แตะ “เพิ่มเพื่อน” หรือพิมพ์ข้อความเพื่อเริ่มคุย"), button);
  return node;
}

async function loadPeople(wanted) {
  const { people } = await call("/_sim/people");
  $("people").replaceChildren(...people.map((person) => Object.assign(make("option", "", (person.group ? "กลุ่ม " : "") + person.name), { value: person.id })));
  const person = people.find(({ id, name }) => id === wanted || name === wanted) || people[0];
  $("people").value = person.id;
  $("people").onchange = () => open(people.find(({ id }) => id === $("people").value));
  open(person);
}

async function addPerson() {
  const input = Object.assign(make("input"), { type: "text", required: true, maxLength: 40 });
  input.setAttribute("aria-label", "ชื่อคนที่ใช้เครื่องนี้");
  if ((await ask("โทรศัพท์เครื่องใหม่เป็นของใคร", [input])) === "ok" && input.value.trim()) {
    await loadPeople((await call("/_sim/people", { name: input.value.trim() })).id);
  }
}

function closePopups() {
  $("more-menu").hidden = true;
  $("more").setAttribute("aria-expanded", "false");
  for (const menu of document.querySelectorAll(".take-back")) menu.remove();
}

function fit() {
  $("text").style.height = "auto";
  $("text").style.height = `${Math.min($("text").scrollHeight, 120)}px`;
}

function send() {
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  fit();
  openTray(false);
  const called = state.group && text.startsWith("@");
  act("say", { text: called ? text.replace(/^@(รู้สิทธิ)?\s*/, "") || text : text, mention: called });
}

$("bar").addEventListener("submit", (event) => (event.preventDefault(), send()));
$("text").addEventListener("input", fit);
$("text").addEventListener("focus", () => state.menu && openMenu(false));
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), send());
});
$("plus").addEventListener("click", () => openTray($("tray").hidden));
$("menu-switch").addEventListener("click", () => openMenu(!state.menuOpen));
$("more").addEventListener("click", (event) => {
  event.stopPropagation();
  const open = $("more-menu").hidden;
  closePopups();
  $("more-menu").hidden = !open;
  $("more").setAttribute("aria-expanded", String(open));
});
document.addEventListener("click", (event) => event.target.closest(".take-back") || closePopups());
document.addEventListener("keydown", (event) => event.key === "Escape" && closePopups());
$("add-person").addEventListener("click", addPerson);
$("follow").addEventListener("click", () => act("follow"));
$("unblock").addEventListener("click", () => act("follow"));
$("block").addEventListener("click", () => act("block"));
for (const id of ["picture", "any-file"]) {
  $(id).addEventListener("change", () => {
    if ($(id).files[0]) sendFile($(id).files[0]);
    $(id).value = "";
  });
}
fillTray();
loadPeople(new URLSearchParams(location.search).get("chat") || localStorage.getItem("chat"));
