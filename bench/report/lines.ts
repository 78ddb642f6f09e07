import { colours, page, shape, words } from "./svg.ts";
import { number } from "./text.ts";

export interface Series { contestant: string; role: string; points: [number, number][] }
export interface Chart { title: string; x: string; y: string; series: Series[] }

const WIDTH = 420, HEIGHT = 300, LEFT = 56, RIGHT = 12, TOP = 34, BOTTOM = 40, COLUMNS = 3, LEGEND = 16;

/** Both scales are logarithmic: what grows in proportion is a line at 45 degrees, whatever its height. */
export function lines(title: string, charts: readonly Chart[]): string {
  const colour = colours(charts.flatMap(({ series }) => series)), rows = Math.ceil(charts.length / COLUMNS);
  const legend = [...colour].map(([name, fill], i) => [shape("rect", { x: 10 + (i % 5) * 220, y: 36 + Math.floor(i / 5) * LEGEND, width: 12, height: 10, fill }), words(27 + (i % 5) * 220, 45 + Math.floor(i / 5) * LEGEND, name)]).flat();
  const top = 50 + Math.ceil(colour.size / 5) * LEGEND;
  const drawn = charts.flatMap((chart, i) => draw(chart, (i % COLUMNS) * WIDTH, top + Math.floor(i / COLUMNS) * HEIGHT, colour));
  return page(COLUMNS * WIDTH, top + rows * HEIGHT, [words(10, 22, title, { "font-size": 16 }), ...legend, ...drawn]);
}

/** From values to pixels, and the powers (of ten, or all values if they are few) to mark. */
function scale(values: number[], from: number, to: number): { at(value: number): number; marks: number[] } {
  const least = Math.log10(Math.min(...values)), most = Math.max(Math.log10(Math.max(...values)), least + 0.1);
  const at = (value: number): number => from + (to - from) * (Math.log10(value) - least) / (most - least);
  const powers = Array.from({ length: Math.floor(most) - Math.ceil(least) + 1 }, (_, i) => 10 ** (Math.ceil(least) + i));
  return { at, marks: powers.length >= 2 ? powers : [10 ** least, 10 ** most] };
}

const short = (value: number): string => value >= 1e6 ? `${number(value / 1e6)}M` : value >= 10_000 ? `${number(value / 1000)}k` : value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

function draw({ title, x, y, series }: Chart, left: number, top: number, colour: Map<string, string>): string[] {
  const all = series.flatMap(({ points }) => points), frame = { x1: left + LEFT, x2: left + WIDTH - RIGHT, y1: top + TOP, y2: top + HEIGHT - BOTTOM };
  if (all.length === 0) return [];
  const across = scale(all.map(([value]) => value), frame.x1, frame.x2), up = scale(all.map(([, value]) => value), frame.y2, frame.y1);
  return [
    words(left + LEFT, top + 20, title, { "font-weight": "bold" }), words(frame.x2, frame.y2 + 30, x, { "text-anchor": "end" }), words(left + 6, top + TOP - 4, y, { fill: "#555" }),
    ...across.marks.flatMap((mark) => [shape("line", { x1: across.at(mark), x2: across.at(mark), y1: frame.y1, y2: frame.y2, stroke: "#ddd" }), words(across.at(mark), frame.y2 + 15, short(mark), { "text-anchor": "middle" })]),
    ...up.marks.flatMap((mark) => [shape("line", { x1: frame.x1, x2: frame.x2, y1: up.at(mark), y2: up.at(mark), stroke: "#ddd" }), words(frame.x1 - 5, up.at(mark) + 4, short(mark), { "text-anchor": "end" })]),
    ...series.filter(({ points }) => points.length > 0).map(({ contestant, points }) => shape("polyline", { points: points.map(([a, b]) => `${across.at(a).toFixed(1)},${up.at(b).toFixed(1)}`).join(" "), fill: "none", stroke: colour.get(contestant)!, "stroke-width": 2 })),
  ];
}
