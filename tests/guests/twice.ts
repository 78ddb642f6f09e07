/** Two filters of one name, which no configuration can mean. */
import { Filter, registerFilter } from "../../assembly/index";

class Nothing extends Filter {}

registerFilter("twice", (): Filter => new Nothing());
registerFilter("twice", (): Filter => new Nothing());
