// Stickers and signs drawn here, so that they look the same on machines without an emoji font.

const FACE = '<circle cx="50" cy="50" r="42" fill="#ffd766" stroke="#7a5200" stroke-width="4"/>';
const EYES = '<circle cx="36" cy="42" r="5" fill="#4a3200"/><circle cx="64" cy="42" r="5" fill="#4a3200"/>';
const LINE = 'fill="none" stroke="#4a3200" stroke-width="5" stroke-linecap="round"';

const DRAWINGS = {
  thanks: `${FACE}<path d="M29 43q7-8 14 0M57 43q7-8 14 0M34 60q16 16 32 0" ${LINE}/><path d="m50 66-9 26h18z" fill="#f0b429" stroke="#7a5200" stroke-width="4" stroke-linejoin="round"/>`,
  hello: `${FACE}${EYES}<path d="M32 58q18 22 36 0" ${LINE}/><path d="M84 14q8 5 8 14M80 24q4 3 4 8" ${LINE}/>`,
  ok: `${FACE}<path d="M29 42h14" ${LINE}/><circle cx="64" cy="42" r="5" fill="#4a3200"/><path d="M33 60q17 15 34 0" ${LINE}/><path d="m66 80 9 9 18-20" fill="none" stroke="#1a6b3c" stroke-width="8" stroke-linecap="round" stroke-linejoin="round"/>`,
  sad: `${FACE}${EYES}<path d="M35 70q15-14 30 0" ${LINE}/><path d="M66 50q8 11 0 15-8-4 0-15z" fill="#4c8fd6"/>`,
  scared: `<circle cx="50" cy="50" r="42" fill="#bcd3f2" stroke="#23456f" stroke-width="4"/><circle cx="35" cy="42" r="9" fill="#fff" stroke="#23456f" stroke-width="3"/><circle cx="65" cy="42" r="9" fill="#fff" stroke="#23456f" stroke-width="3"/><circle cx="35" cy="42" r="3"/><circle cx="65" cy="42" r="3"/><ellipse cx="50" cy="70" rx="10" ry="12" fill="#23456f"/>`,
  love: '<path d="M50 88 15 53a21 21 0 0 1 35-22 21 21 0 0 1 35 22z" fill="#d3342d" stroke="#8f1a15" stroke-width="4" stroke-linejoin="round"/>',
  place: '<path d="M50 92Q20 58 20 38a30 30 0 0 1 60 0q0 20-30 54z" fill="#b0211b"/><circle cx="50" cy="38" r="11" fill="#fff"/>',
  voice: '<rect x="38" y="12" width="24" height="46" rx="12" fill="#1c4f91"/><path d="M24 44a26 26 0 0 0 52 0M50 70v16M34 88h32" fill="none" stroke="#1c4f91" stroke-width="7" stroke-linecap="round"/>',
  picture: '<rect x="12" y="20" width="76" height="60" rx="8" fill="none" stroke="#1c4f91" stroke-width="7"/><circle cx="34" cy="40" r="7" fill="#1c4f91"/><path d="m18 74 22-22 14 13 12-11 18 20z" fill="#1c4f91"/>',
};

// Only the drawings above become markup; any other name gets a smile.
export function drawn(name) {
  const holder = document.createElement("span");
  const inner = Object.hasOwn(DRAWINGS, name) ? DRAWINGS[name] : `${FACE}${EYES}<path d="M33 60q17 15 34 0" ${LINE}/>`;
  holder.innerHTML = `<svg viewBox="0 0 100 100" aria-hidden="true">${inner}</svg>`;
  return holder;
}
