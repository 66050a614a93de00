/** Style of the HTML report: light, dark, and paper. */
export const style = `
:root{color-scheme:light dark;--bg:#ffffff;--card:#f6f7f9;--ink:#16202c;--muted:#5c6875;--grid:#e3e7ec;--axis:#8a95a1;
--gain:#12805c;--loss:#c2412d;--total:#16202c;--s0:#1f6fb4;--s1:#d98200;--s2:#0e8f73;--s3:#b5476f;--s4:#6b4fb3;--s5:#3f9fc9;--s6:#8a6d3b;--s7:#6d7f1f}
@media (prefers-color-scheme:dark){:root{--bg:#12171d;--card:#1a2129;--ink:#e6ebf0;--muted:#9aa7b4;--grid:#2a333d;--axis:#6b7784;
--gain:#3fbf8f;--loss:#f0765f;--total:#f2f5f8;--s0:#5aa9e6;--s1:#f0a83c;--s2:#3cc4a2;--s3:#e583a8;--s4:#a58ce6;--s5:#7ccbea;--s6:#c9a66b;--s7:#b3c556}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:920px;margin:0 auto;padding:40px 24px 24px}
h1{font-size:28px;line-height:1.25;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:18px;margin:40px 0 2px}
.window,.caption,.below,footer{color:var(--muted)}
.window{margin:0}
.caption{font-size:13px;margin:0 0 12px;max-width:75ch}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:12px;margin:24px 0}
.tile{background:var(--card);border-radius:8px;padding:12px 16px}
.tile .label{font-size:13px;color:var(--muted)}
.tile .value{font-size:24px;font-weight:600;line-height:1.3}
.tile .below{font-size:13px}
.good{color:var(--gain)}.bad{color:var(--loss)}
.remarks{border-left:3px solid var(--s1);margin:0 0 8px;padding:4px 0 4px 16px;list-style:none}
.remarks li+li{margin-top:4px}
.missing{background:var(--card);border-radius:8px;color:var(--muted);padding:16px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;margin:0 0 6px;padding:0;list-style:none}
.legend svg{width:16px;height:8px;margin-right:6px}
figure{margin:0}
figure>svg{display:block;width:100%;height:auto;overflow:visible}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th{color:var(--muted);font-size:12px;font-weight:600;text-align:left;border-bottom:1px solid var(--axis)}
th,td{padding:6px 10px;vertical-align:top}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
td{border-bottom:1px solid var(--grid)}
.number{text-align:right;white-space:nowrap}
.name{white-space:nowrap}
th.text{width:42%}
td.text{overflow-wrap:anywhere;min-width:200px}
td .below{display:block;font-size:12px;overflow-wrap:anywhere}
tfoot td{font-weight:600;border-bottom:0;border-top:1px solid var(--axis)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(260px,1fr));gap:0 32px;margin:0;font-size:14px}
dl.wide{grid-template-columns:1fr}
dl div{display:flex;gap:16px;justify-content:space-between;border-bottom:1px solid var(--grid);padding:5px 0}
dl.wide div{justify-content:flex-start}
dt{color:var(--muted)}
dl.wide dt{flex:0 0 180px}
dd{margin:0;text-align:right;overflow-wrap:anywhere}
dl.wide dd{text-align:left;font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:13px}
footer{border-top:1px solid var(--grid);font-size:12px;margin-top:48px;padding-top:12px;overflow-wrap:anywhere}
svg .l{fill:none}
.l.ink{stroke:var(--ink)}.f.ink{fill:var(--ink)}.l.muted{stroke:var(--muted)}.f.muted{fill:var(--muted)}
.l.grid{stroke:var(--grid)}.l.axis{stroke:var(--axis)}
.l.gain{stroke:var(--gain)}.f.gain{fill:var(--gain)}.l.loss{stroke:var(--loss)}.f.loss{fill:var(--loss)}
.l.total{stroke:var(--total)}.f.total{fill:var(--total)}
${Array.from({ length: 8 }, (_, index) => `.l.s${index}{stroke:var(--s${index})}.f.s${index}{fill:var(--s${index})}`).join("")}
.hit{fill:transparent}
.box{fill:var(--bg);stroke:var(--axis);stroke-width:.6}
.tip{visibility:hidden;pointer-events:none}
.h:hover .tip{visibility:visible}
@media print{:root{color-scheme:light;--bg:#ffffff;--card:#f6f7f9;--ink:#16202c;--muted:#5c6875;--grid:#e3e7ec;--axis:#8a95a1;
--gain:#12805c;--loss:#c2412d;--total:#16202c;--s0:#1f6fb4;--s1:#d98200;--s2:#0e8f73;--s3:#b5476f;--s4:#6b4fb3;--s5:#3f9fc9;--s6:#8a6d3b;--s7:#6d7f1f}
body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}
section,.tile,tr{break-inside:avoid}section.long{break-inside:auto}h2,.caption{break-after:avoid}thead{display:table-header-group}.scroll{overflow:visible}
table{font-size:11px}.tiles{grid-template-columns:repeat(3,1fr)}@page{margin:16mm}}
`
