/** HTML whose values are escaped: markup comes only from templates. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string { return this.text; }
}

type Value = Html | string | number | undefined | readonly Value[];

export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.reduce((text, part, i) => text + written(values[i - 1]) + part));
}

function written(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(written).join("");
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table; a cell that is Html stays what it is. */
export function table(id: string, head: string[], rows: Value[][]): Html {
  if (rows.length === 0) return html`<p id="${id}">none</p>`;
  return html`<table id="${id}"><thead><tr>${head.map((each) => html`<th>${each}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((each) => html`<td>${each}</td>`)}</tr>`)}</tbody></table>`;
}
