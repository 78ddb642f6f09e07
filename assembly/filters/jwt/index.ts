import { Filter, registerFilter } from "../../meta/chain";
import { JwtFilter } from "./filter";

registerFilter("jwt", (): Filter => new JwtFilter());
