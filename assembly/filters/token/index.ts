import { Filter, registerFilter } from "../../meta/chain";
import { TokenFilter } from "./filter";

registerFilter("token", (): Filter => new TokenFilter());
