import { PROTOCOLS } from "../load/load.ts";
import type { Result, Row } from "../measure.ts";
import { colours, page, shape, words } from "./svg.ts";
import { number } from "./text.ts";

const COLUMN = 460, LABEL = 150, BAR = 14, GAP = 4, VALUE = 70, TOP = 60;

/** CPU a request: a panel for each point, a column of them for each protocol; bars are medians, lines reach from the least to the most. */
export function bars(results: readonly Result[]): string {
  const columns = PROTOCOLS.map((protocol) => results.filter((result) => result.protocol === protocol)).filter((column) => column.length > 0);
  const heights = columns.map((column) => column.reduce((sum, { rows }) => sum + panelHeight(rows.length), 0));
  const parts = columns.flatMap((column, i) => {
    let y = TOP;
    const colour = colours(column.flatMap(({ rows }) => rows)), x = i * COLUMN + 10;
    return [words(x, TOP - 14, column[0]!.protocol, { "font-size": 15, "font-weight": "bold" }), ...column.flatMap((result) => {
      const drawn = panel(result, x, y, colour);
      y += panelHeight(result.rows.length);
      return drawn;
    })];
  });
  return page(columns.length * COLUMN + 20, TOP + Math.max(...heights), [words(10, 22, "Envoy's CPU microseconds a request (less is better)", { "font-size": 16 }), ...parts]);
}

const panelHeight = (rows: number): number => 30 + rows * (BAR + GAP) + 10;

function panel({ rules, connections, inFlight, body, rows }: Result, x: number, y: number, colour: Map<string, string>): string[] {
  const most = Math.max(...rows.map(({ cpu }) => cpu.max)), scale = (COLUMN - LABEL - VALUE - 10) / most;
  return [words(x, y + 16, `rules: ${rules}, ${connections} connections, ${inFlight} in flight, ${body} B`, { fill: "#555" }),
    ...rows.flatMap((row, i) => bar(row, x, y + 24 + i * (BAR + GAP), scale, colour.get(row.contestant)!))];
}

function bar({ contestant, cpu }: Row, x: number, y: number, scale: number, fill: string): string[] {
  const start = x + LABEL, middle = y + BAR / 2;
  return [
    words(start - 6, y + 11, contestant, { "text-anchor": "end" }),
    shape("rect", { x: start, y, width: cpu.median * scale, height: BAR, fill }),
    shape("line", { x1: start + cpu.min * scale, x2: start + cpu.max * scale, y1: middle, y2: middle, stroke: "#000", "stroke-opacity": 0.6 }),
    words(start + cpu.max * scale + 5, y + 11, number(cpu.median)),
  ];
}
