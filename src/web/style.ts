import { createHash } from 'node:crypto'

/** The one style sheet; every page carries it inline, so a saved page is complete. */
export const style = `
:root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#17202b;--soft:#55606e;--line:#dde2e8;--rule:#c3cad3;--link:#0b5cad;
--good:#0b6b3a;--good-bg:#e3f4ea;--warn:#8a5300;--warn-bg:#fdf0d9;--bad:#a4161a;--bad-bg:#fde7e7;--none:#4b5563;--none-bg:#eceff3;
--s0:#2f6fb5;--s1:#e08a1e;--s2:#3a9a6e;--s3:#8a5fb0;--s4:#c4505f;--s5:#5b7a86}
@media (prefers-color-scheme:dark){:root{--paper:#11161d;--card:#1a212b;--ink:#e8ecf1;--soft:#a9b4c1;--line:#2d3744;--rule:#445060;--link:#7ab8f5;
--good:#7fd8a4;--good-bg:#12351f;--warn:#f2c06b;--warn-bg:#3b2a0a;--bad:#ff9f9f;--bad-bg:#451a1c;--none:#c0c8d2;--none-bg:#2a333f;
--s0:#5b9be0;--s1:#f0a84d;--s2:#5cc08f;--s3:#b28bd6;--s4:#e67c8a;--s5:#8fb0bd}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
.wrap{max-width:1160px;margin:0 auto;padding:0 1.5rem}
header.top{background:var(--card);border-bottom:1px solid var(--line);padding:1.25rem 0 1rem}
.bar{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;justify-content:space-between}
figure{margin:0}
h1{font-size:1.55rem;line-height:1.25;margin:0;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:0 0 .2rem;letter-spacing:-.005em}
h3{font-size:.95rem;margin:1.25rem 0 .4rem}
p{margin:.25rem 0}
.soft{color:var(--soft)}.small{font-size:.85rem}
nav.site a{margin-left:1.1rem}nav.site a:first-child{margin-left:0}
.choose{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin-top:.75rem}
.choose label,.form label{font-size:.85rem;color:var(--soft)}
select,input,button{font:inherit;font-size:.9rem;color:var(--ink);background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:.3rem .55rem;min-height:2.1rem}
button{background:var(--ink);color:var(--card);border-color:var(--ink);cursor:pointer}
main{padding:1.5rem 0 1rem}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.4rem;margin:0 0 1.25rem}
.cards{display:grid;grid-template-columns:repeat(4,1fr);gap:1rem;margin-bottom:1.25rem;padding:0;list-style:none}
.cards li{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;display:flex;flex-direction:column;gap:.15rem;min-width:0}
.cards h2{font-size:.9rem;font-weight:600;color:var(--soft);margin:0}
.cards h2 a{color:inherit;text-decoration:none}.cards h2 a:hover{text-decoration:underline}
.figure{font-size:1.75rem;font-weight:650;letter-spacing:-.02em;line-height:1.2;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.figure.long{font-size:1.35rem}
.foot{margin-top:auto;padding-top:.5rem}
.badge{display:inline-block;font-size:.78rem;font-weight:600;border-radius:999px;padding:.05rem .6rem;white-space:nowrap;border:1px solid transparent}
.good{color:var(--good);background:var(--good-bg)}.warn{color:var(--warn);background:var(--warn-bg)}.bad{color:var(--bad);background:var(--bad-bg)}.none{color:var(--none);background:var(--none-bg)}
.split{display:grid;grid-template-columns:1fr 1fr;gap:0 2rem}.split>*{min-width:0}
dl.facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:.75rem 0 0}
dl.facts div{min-width:8rem}dl.facts dt{font-size:.82rem;color:var(--soft)}dl.facts dd{margin:0;font-size:1.1rem;font-weight:600;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:.25rem 0}
table{border-collapse:collapse;width:100%;font-size:.88rem}
caption{text-align:left;font-weight:600;padding:.9rem 0 .35rem;font-size:.92rem}
caption span{font-weight:400;color:var(--soft)}
th,td{text-align:left;padding:.38rem .75rem .38rem 0;border-bottom:1px solid var(--line);vertical-align:middle;overflow-wrap:break-word}
th:last-child,td:last-child{padding-right:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead th{font-size:.8rem;font-weight:600;color:var(--soft);border-bottom:1px solid var(--rule);vertical-align:bottom;overflow-wrap:normal}thead th.num{white-space:normal}
tbody th{font-weight:500;min-width:6.5rem}
.id{overflow-wrap:anywhere}.only{display:none}.pair{display:inline-flex;gap:.5rem;align-items:center}
.raw td,.raw th{white-space:nowrap;max-width:28rem;overflow:hidden;text-overflow:ellipsis}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:.6rem 0 0;font-size:.85rem}
.key{display:inline-block;width:.75rem;height:.75rem;border-radius:3px;margin-right:.4rem;vertical-align:-1px}
svg{display:block;max-width:100%;height:auto}
.chart{width:100%}.narrow{display:none}
.s0{fill:var(--s0);background:var(--s0)}.s1{fill:var(--s1);background:var(--s1)}.s2{fill:var(--s2);background:var(--s2)}.s3{fill:var(--s3);background:var(--s3)}.s4{fill:var(--s4);background:var(--s4)}.s5{fill:var(--s5);background:var(--s5)}
.grid{stroke:var(--line);stroke-width:1}.zero{stroke:var(--rule);stroke-width:1}
.label{fill:var(--soft);font-size:12px}.value{fill:var(--ink);font-size:12px;font-weight:600}
.open rect{opacity:.55}
.spark{stroke:var(--s0);stroke-width:2;fill:none;stroke-linejoin:round;stroke-linecap:round}.dot{fill:var(--s0)}.aim{stroke:var(--rule);stroke-dasharray:3 3}
td .sparkline{width:90px;height:24px}
details{margin-top:.75rem}summary{cursor:pointer;color:var(--link);font-size:.88rem}
.form{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:.75rem 1rem;margin:.75rem 0}
.form div{display:flex;flex-direction:column;gap:.15rem}.form .hint{font-size:.78rem;color:var(--soft)}
.links a{margin-right:1rem}
ul.list{list-style:none;padding:0;margin:0}ul.list li{padding:.55rem 0;border-bottom:1px solid var(--line)}ul.list li:last-child{border:0}
code{font:0.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{color:var(--soft);font-size:.85rem;padding-bottom:2rem}
.note{border-left:3px solid var(--rule);padding:.1rem 0 .1rem .8rem;color:var(--soft);font-size:.88rem;margin:.6rem 0}
@media (max-width:960px){.cards{grid-template-columns:1fr 1fr}.split{grid-template-columns:1fr}}
@media (max-width:620px){.form{grid-template-columns:repeat(2,minmax(0,1fr))}.form input,.form select{width:100%}body{font-size:15px}.wrap{padding:0 .9rem}section,.card{padding:1rem;border-radius:8px}.cards{gap:.6rem}.cards li{padding:.8rem}
.figure{font-size:1.35rem}.figure.long{font-size:1.05rem}.broad{display:none}.narrow{display:block}.extra{display:none}.only{display:block}td .only,th .only{font-size:.74rem}th,td{padding-right:.4rem}tbody th{min-width:4.4rem}.badge{padding:.05rem .45rem;font-size:.74rem}table{font-size:.8rem}dl.facts{gap:.5rem 1.2rem}dl.facts div{min-width:7rem}h1{font-size:1.3rem}}
@media (max-width:350px){.cards{grid-template-columns:1fr}}
@media print{@page{size:A4;margin:14mm 12mm}
:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--rule:#999;--link:#000;--good:#0b6b3a;--good-bg:#fff;--warn:#8a5300;--warn-bg:#fff;--bad:#a4161a;--bad-bg:#fff;--none:#444;--none-bg:#fff;--s0:#2f6fb5;--s1:#e08a1e;--s2:#3a9a6e;--s3:#8a5fb0;--s4:#c4505f;--s5:#5b7a86}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{font-size:9.5pt}.wrap{max-width:none;padding:0}header.top{padding:0 0 6pt}nav.site,.choose,.skip,summary,.links{display:none}
main{padding:8pt 0 0}section,.card{border:0;border-top:1px solid #999;border-radius:0;padding:8pt 0;margin:0}
.cards{grid-template-columns:repeat(4,1fr);gap:6pt;margin-bottom:6pt}.cards li{border-color:#999;padding:6pt}.figure{font-size:15pt}.figure.long{font-size:11pt}
.badge{border-color:currentColor}.split{display:block}.scroll{overflow:visible;break-inside:avoid}th,td{padding-top:2pt;padding-bottom:2pt}caption{padding:5pt 0 2pt}a{text-decoration:none}
.broad{display:block}.narrow{display:none}.cards,figure,tr,dl,.keep{break-inside:avoid}h2,h3,caption{break-after:avoid}thead{display:table-header-group}
table{font-size:8pt}.badge{font-size:7.5pt;padding:0 5pt}details::details-content{content-visibility:visible;height:auto}}
`

/** Source expression that lets this style sheet, and no other, into the Content-Security-Policy. */
export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`
