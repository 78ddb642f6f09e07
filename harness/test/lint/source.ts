/**
 * Source text in which comments and the insides of strings are blanks, with all line breaks kept, so that a search finds
 * code only and its line numbers are right. Good for TypeScript and AssemblyScript; in template strings `${}` is blank too.
 */
export function codeOnly(text: string): string {
  const PIECES = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return text.replace(PIECES, (piece) => piece.replace(/[^\n]/g, " "));
}

/** `file:line: what` for each match of a pattern, which must be global. */
export function matches(file: string, text: string, pattern: RegExp, what: (found: string) => string): string[] {
  return [...text.matchAll(pattern)].map((match) => {
    const line = text.slice(0, match.index).split("\n").length;
    return `${file}:${line}: ${what(match[0].trim())}`;
  });
}
