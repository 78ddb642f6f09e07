declare module "thriftrw/thrift-idl.js" {
  /** What it gives of a file is in ast.ts. Throws an error with `line`, `column` and `message` where the text is no IDL. */
  const parser: { parse(text: string): unknown };
  export default parser;
}
