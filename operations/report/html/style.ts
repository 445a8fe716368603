import { strokes } from "../../watch/plot/strokes.ts";

/** Colours of a page, as variables: on white and, where the reader's screen is set so, on a dark ground. A test holds their contrast. */
export const palette = {
    light: {
        ground: "#ffffff",
        panel: "#f6f7f9",
        text: "#1b1b1b",
        muted: "#555b61",
        line: "#d9dde1",
        link: "#00589c",
        good: "#00694c",
        bad: "#b00020",
        only: "#555b61",
        fault: "#b00020",
    },
    dark: {
        ground: "#15181c",
        panel: "#1d2126",
        text: "#e8e8e8",
        muted: "#a8b0b8",
        line: "#3a4149",
        link: "#7cc0f5",
        good: "#54cfa4",
        bad: "#ff8d98",
        only: "#a8b0b8",
        fault: "#ff8d98",
    },
} as const;

const variables = (colors: Record<string, string>, lines: string[]) =>
    [...Object.entries(colors), ...lines.map((color, index) => [`s${index}`, color])]
        .map(([name, color]) => `--${name}:${color}`)
        .join(";");

/** The whole style of a page, in one element; its hash is what the page allows. */
export const style = `
:root{color-scheme:light dark;${variables(
    palette.light,
    strokes.map(({ color }) => color),
)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(
    palette.dark,
    strokes.map(({ dark }) => dark),
)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
[id]{scroll-margin-top:8px}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,"Segoe UI",Roboto,Helvetica,Arial,"Liberation Sans","DejaVu Sans",sans-serif;overflow-wrap:break-word}
header,main,footer,nav{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:27px;line-height:1.25;margin:0 0 4px}
h2{font-size:20px;line-height:1.3;margin:44px 0 10px;padding-top:10px;border-top:2px solid var(--text)}
h3{font-size:16px;margin:26px 0 6px}
p{margin:6px 0;max-width:76ch}
.question{font-size:18px;margin:0 0 12px}
.kicker{color:var(--muted);font-size:13px;margin:0 0 2px}
a{color:var(--link)}
a:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);outline-offset:2px}
nav{margin-top:18px}
nav ul{list-style:none;margin:0;padding:8px 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:2px 18px;font-size:14px}
.facts{display:flex;flex-wrap:wrap;gap:4px 26px;margin:10px 0 0;font-size:14px}
.facts div{display:flex;gap:6px}
.facts dt{color:var(--muted)}
.facts dd{margin:0}
.badge{display:inline-block;border:1.5px solid currentColor;border-radius:4px;padding:0 8px;font-weight:600;white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.only{color:var(--only)}
.notice{border-left:4px solid var(--bad);background:var(--panel);padding:8px 14px;margin:14px 0}
.notice ul,.honest ul{margin:4px 0;padding-left:20px}
.honest{border:2px solid var(--text);padding:10px 16px;margin:14px 0}
.honest li{margin:3px 0;max-width:84ch}
.scroll{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:13px;padding-bottom:4px}
th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;border-bottom:1px solid var(--line);font-weight:400}
thead th{font-weight:600;border-bottom:1.5px solid var(--text);vertical-align:bottom}
tbody th{font-weight:500;min-width:132px}
.figure{text-align:right;white-space:nowrap}
td.figure,th.figure{padding-left:6px}
.figure+td:not(.figure),.figure+th:not(.figure){padding-left:18px}
.nowrap{white-space:nowrap}
.verdicts td,.verdicts th{padding-top:8px;padding-bottom:8px}
.verdicts{table-layout:fixed;min-width:660px}
.verdicts td,.verdicts th{overflow-wrap:anywhere;min-width:0}
.verdicts thead th:nth-child(1){width:31%}.verdicts thead th:nth-child(2){width:13%}.verdicts thead th:nth-child(3){width:19%}.verdicts thead th:nth-child(4){width:14%}
.why,.note,.small{color:var(--muted);font-size:13px}
.why{display:block;font-weight:400}
.measured{font-weight:600}
.evidence .small{white-space:nowrap}
svg .fault-label .minor,svg .heal-label .minor{font-weight:400}
.evidence,.plain{list-style:none;margin:0;padding:0}
.fault.outlined{stroke:var(--fault);fill-opacity:.18}
.heal.outlined{stroke:var(--good);fill-opacity:.18}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(235px,1fr));gap:12px;margin:14px 0}
.tile{background:var(--panel);padding:10px 14px;border-radius:6px}
.tile dt{color:var(--muted);font-size:13px}
.tile dd{margin:0;font-size:22px;line-height:1.3;font-variant-numeric:tabular-nums}
.tile dd+dd{font-size:13px;color:var(--muted)}
figure{margin:22px 0 26px}
figcaption{margin-bottom:2px}
.unit{color:var(--muted);font-size:13px}
.chart>svg{display:block;overflow:visible;padding:0 24px 0 62px;font-size:12px}
svg{overflow:visible;color:var(--text)}
svg text{fill:var(--muted)}
.chart path,.line path{fill:none;stroke-width:1.8;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.line{vertical-align:middle;margin-right:6px}
${strokes.map((_, index) => `.s${index}{stroke:var(--s${index})}.d${index}{fill:var(--s${index})}`).join("")}
.grid{stroke:var(--line)}
.base{stroke:var(--muted)}
.phase{stroke:var(--muted);stroke-dasharray:1 4}
.fault{fill:var(--fault);fill-opacity:.1}
.fault-edge{stroke:var(--fault);stroke-width:1.5}
.fault-end{stroke:var(--fault);stroke-dasharray:3 3}
.heal{fill:var(--good);fill-opacity:.1}
.heal-edge{stroke:var(--good);stroke-width:1.5}
.heal-end{stroke:var(--good);stroke-dasharray:3 3}
svg .heal-label{fill:var(--good);font-weight:600}
svg .fault-label{fill:var(--fault);font-weight:600}
.level{stroke:var(--bad);stroke-width:1.2}
svg .level-name{fill:var(--bad)}
.key li{overflow-wrap:anywhere}
.key{list-style:none;margin:4px 0 0;padding:0 0 0 62px;display:flex;flex-wrap:wrap;gap:2px 20px;font-size:13px}
.key .told{color:var(--muted)}
.chart .note{margin:2px 0 0 62px}
.dots{font-size:11px;display:block;margin-top:2px}
.ring{stroke:var(--ground);stroke-width:1;fill-opacity:.85}
.lane{fill:var(--panel);stroke:var(--muted)}
svg .inside{fill:var(--text)}
.node{fill:var(--panel);stroke:var(--muted)}
.node.hit{stroke:var(--fault);stroke-width:2}
svg .node-name{fill:var(--text);font-weight:600}
svg .runs{fill:var(--text)}
.flow{stroke:var(--text);stroke-width:1.5;fill:none}
.arrow{fill:var(--text)}
.topology{display:block;width:100%;height:auto;font-size:13px}
.topology.narrow{display:none}
pre{background:var(--panel);padding:12px 14px;overflow-x:auto;font:13px/1.45 ui-monospace,"DejaVu Sans Mono","Liberation Mono",monospace}
code{font:13px ui-monospace,"DejaVu Sans Mono","Liberation Mono",monospace}
footer{color:var(--muted);font-size:13px;padding-top:30px;padding-bottom:40px}
@media (max-width:700px){
header,main,footer,nav{padding-left:14px;padding-right:14px}
h1{font-size:22px}.question{font-size:16px}
.minor{display:none}
.many{min-width:560px}
.verdicts{min-width:0}
.verdicts thead{display:none}
.verdicts tbody,.verdicts tr,.verdicts td,.verdicts th{display:block}
.verdicts tr{padding:8px 0;border-bottom:1px solid var(--line)}
.verdicts td,.verdicts tbody th{border:0;padding:1px 0}
.verdicts td::before{content:attr(data-label) ": ";color:var(--muted);font-weight:400}
.evidence{display:inline}.evidence li{display:inline;margin-right:8px}
.tiles{grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}
.chart>svg{padding-left:52px;padding-right:20px;font-size:11px}
.key,.chart .note{padding-left:0;margin-left:0}
.topology.wide{display:none}.topology.narrow{display:block}
}
@media print{
@page{margin:14mm}
table{font-size:9pt}
body{font-size:11pt}
header,main,footer{max-width:none;padding:0}
nav{display:none}
h2{break-after:avoid;margin-top:28px}h3,figcaption,caption{break-after:avoid}
figure,tr,.tile,.honest,.notice{break-inside:avoid}
.scroll{overflow:visible}
pre{white-space:pre-wrap}
a{color:inherit}
.tile,.fault,.heal,.node,.lane,pre,.notice{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
