import { Filter, registerFilter } from "../../meta/chain";
import { AuthFilter } from "./filter";

registerFilter("auth", (): Filter => new AuthFilter());
