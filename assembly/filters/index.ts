/** The filters that every codec's module has. */
import "./fault/index";
import "./metrics/index";
import "./tracing/index";
