/** A transform for asc: lets a module ask how many bytes the objects of its runtime take. The collector counts them and tells nobody. */
import { libraryFiles } from "assemblyscript/asc";

const COLLECTOR = "rt/tcms", COUNT = "let total: usize = 0;";

// a project's own configuration may name it as well, by another path
if (libraryFiles[COLLECTOR]?.includes("__managed")) {
  // done
} else if (libraryFiles[COLLECTOR]?.includes(COUNT)) {
  libraryFiles[COLLECTOR] += "\n// @ts-ignore: decorator\n@global @unsafe\nexport function __managed(): usize { return total; }\n";
} else {
  console.error(`${import.meta.url}: this compiler's ${COLLECTOR} does not count its bytes as \`${COUNT}\`: the module will not know how much memory it uses`);
}

/** All is done. */
export default class Managed {}
