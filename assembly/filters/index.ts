/** The filters that every codec's module has. */
import "./fault/index";
