/** Colours of a terminal that can be read on the panels of each scheme; 0 to 7 as they are, 8 to 15 the bright ones. */
const LIGHT = [
  ...['#24292f', '#b3231b', '#146c2e', '#7d4e00', '#0a53be', '#7a3ea8', '#0b6670', '#57606a'],
  ...['#57606a', '#c2261d', '#17722f', '#865300', '#0b5fd0', '#8a3fc0', '#0d6b7a', '#24292f'],
];
const DARK = [
  ...['#9aa4ae', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#c9d1d9'],
  ...['#9aa4ae', '#ffa198', '#7ee787', '#f2cc60', '#a5d6ff', '#e2c5ff', '#7ee3ea', '#f0f6fc'],
];
/** The same in both schemes, because each has its own colour of text. */
const BACKGROUNDS = [
  ...['#24292f', '#a40e26', '#116329', '#633c01', '#0550ae', '#6639ba', '#0b5c66', '#d0d7de'],
  ...['#57606a', '#ff8182', '#6fdd8b', '#eac54f', '#80ccff', '#d8b9ff', '#76e3ea', '#ffffff'],
];

function colors(prefix: string, values: readonly string[]): string {
  return values.map((value, index) => `--${prefix}${index}:${value}`).join(';');
}

function isDarkGround(index: number): boolean {
  return index < 7 || index === 8;
}

const ANSI = BACKGROUNDS.map(
  (value, index) =>
    `.c${index}{color:var(--c${index})}.b${index}{background:${value};color:${isDarkGround(index) ? '#fff' : '#000'}}`,
).join('\n');

/** Style of the page; it names no other file. */
export const STYLE = `
:root{color-scheme:light dark;--page:#fff;--panel:#f6f8fa;--line:#d0d7de;--text:#1f2328;--muted:#57606a;--link:#0a53be;
--pass:#146c2e;--fail:#b3231b;--unverified:#7d4e00;--error:#7a3ea8;--skip:#57606a;--up:#c7ecd0;--down:#f5a39d;--unseen:#d0d7de;
${colors('c', LIGHT)}}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--panel:#161b22;--line:#30363d;--text:#e6edf3;--muted:#9aa4ae;--link:#79c0ff;
--pass:#56d364;--fail:#ff7b72;--unverified:#e3b341;--error:#d2a8ff;--skip:#9aa4ae;--up:#12391f;--down:#8e2a24;--unseen:#3d444d;
${colors('c', DARK)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:68rem;margin:0 auto;padding:1rem}
[hidden]{display:none!important}
h1{font-size:1.6rem;margin:0 0 .5rem;line-height:1.25}h1 small{font-weight:400;color:var(--muted)}
h2{font-size:1.15rem;margin:0 0 .6rem}
section{margin:2rem 0}
a{color:var(--link)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.86em}
.muted,.axis,figcaption{color:var(--muted)}
.verdict{border:1px solid var(--line);border-left:.5rem solid var(--skip);border-radius:.4rem;padding:1rem 1.2rem;background:var(--panel)}
.verdict.pass{border-left-color:var(--pass)}.verdict.fail{border-left-color:var(--fail)}.verdict.error{border-left-color:var(--error)}
.reason{font-size:1.1rem;margin:.3rem 0 1rem}
.next{border-top:1px solid var(--line);margin-top:1rem;padding-top:.8rem}.next ul{margin:0;padding-left:1.2rem}
.badge{display:inline-block;font-weight:600;white-space:nowrap}
.badge.pass{color:var(--pass)}.badge.fail{color:var(--fail)}.badge.unverified{color:var(--unverified)}.badge.error{color:var(--error)}.badge.skip{color:var(--skip)}
h1 .badge{margin-right:.4rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:.2rem 1.5rem;margin:0}
dl div{display:flex;gap:.6rem}dt{color:var(--muted);flex:0 0 8rem}dd{margin:0;min-width:0}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;padding:0;margin:1rem 0}
.rungs,.claims,.objects,.waits ol{margin:.5rem 0;padding-left:0;list-style:none}
.rungs li,.claims li{padding:.25rem 0}
.why{color:var(--text)}.claims .detail{display:block;color:var(--muted);font-size:.92em;white-space:pre-wrap;padding-left:1.3rem}
.axis{display:flex;justify-content:space-between;font-size:.85em;margin:0}
details,.idle{border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;padding:.5rem .8rem;background:var(--panel)}
details details{background:var(--page)}
summary{cursor:pointer}
.bar{display:block;width:100%;height:.5rem;margin-top:.35rem}.rail{fill:var(--line)}
.bar .pass{fill:var(--pass)}.bar .fail{fill:var(--fail)}.bar .error{fill:var(--error)}.bar .unverified{fill:var(--unverified)}.bar .skip{fill:var(--skip)}
figure{margin:1rem 0}.graph{display:block;width:100%;height:8rem;background:var(--panel);border:1px solid var(--line)}
.graph polyline{fill:none;stroke:var(--text);stroke-width:1.5;vector-effect:non-scaling-stroke}
.graph .up{fill:var(--up)}.graph .down{fill:var(--down)}.graph .unseen{fill:var(--unseen)}
.key{margin-left:.8rem;white-space:nowrap}.key::before{content:"";display:inline-block;width:.8em;height:.8em;margin-right:.3em;border:1px solid var(--line)}
.key.up::before{background:var(--up)}.key.down::before{background:var(--down)}.key.unseen::before{background:var(--unseen)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;overflow-wrap:normal}
th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line)}th{color:var(--muted);font-weight:500}
.excerpt{margin:.5rem 0 1rem;padding:.6rem .8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--page);white-space:pre-wrap}
.log pre{margin:.6rem 0 0;max-height:70vh;overflow:auto;white-space:pre-wrap}
.line{display:block}.line:hover{background:var(--page)}.cut{display:block;color:var(--unverified);font-weight:600}
.search{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center;position:sticky;top:0;background:var(--page);padding:.5rem 0}
.search input{font:inherit;flex:1 1 12rem;min-width:0;padding:.3rem .6rem;color:var(--text);background:var(--panel);border:1px solid var(--muted);border-radius:.4rem}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:1rem}
.pictures figure{margin:0}.pictures img{width:100%;border:1px solid var(--line)}
footer{border-top:1px solid var(--line);padding-top:.8rem;color:var(--muted);font-size:.92em}
.bold{font-weight:700}.dim{color:var(--muted)}.italic{font-style:italic}.underline{text-decoration:underline}
${ANSI}
::highlight(hit){background:#f2cc60;color:#000}
@media print{details::details-content{content-visibility:visible;height:auto}.search{display:none}}
`;
