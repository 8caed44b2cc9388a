/**
 * What the page does besides being read: the search in the logs, and opening what a link points to. Everything can be
 * read without it. It takes lines as text only, so nothing in them can become an element.
 */
export const SCRIPT = `
'use strict';
const logs = [...document.querySelectorAll('.log')];
const lines = logs.flatMap((log) => [...log.querySelectorAll('.line')].map((element) => ({ element, log, text: element.textContent.toLowerCase() })));
const input = document.getElementById('search');
const MOST_MARKS = 2000;
let before;

function search() {
  const wanted = input.value.trim().toLowerCase();
  if (wanted !== '') before ??= logs.map((log) => log.open);
  const hits = new Set();
  let count = 0;
  for (const { element, log, text } of lines) {
    const hit = wanted === '' || text.includes(wanted);
    if (element.hidden === hit) element.hidden = !hit;
    if (hit) { count += 1; hits.add(log); }
  }
  logs.forEach((log, index) => {
    log.hidden = wanted !== '' && !hits.has(log);
    if (wanted !== '') log.open = hits.has(log);
    else if (before) log.open = before[index];
  });
  if (wanted === '') before = undefined;
  document.getElementById('found').textContent = wanted === '' ? '' : count + ' of ' + lines.length + ' lines';
  mark(wanted);
}

function mark(wanted) {
  if (!CSS.highlights) return;
  const ranges = [];
  if (wanted !== '') for (const { element } of lines) {
    if (element.hidden || ranges.length > MOST_MARKS) continue;
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.toLowerCase();
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
        const range = new Range();
        range.setStart(node, Math.min(at, node.length));
        range.setEnd(node, Math.min(at + wanted.length, node.length));
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set('hit', new Highlight(...ranges));
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

if (input) {
  input.closest('.search').hidden = false;
  input.addEventListener('input', search);
}
addEventListener('hashchange', openTarget);
openTarget();
`;
