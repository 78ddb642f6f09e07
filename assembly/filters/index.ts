/** The filters that every codec's module has. */
import "./accessLog/index";
import "./auth/index";
import "./extAuth/index";
import "./fault/index";
import "./globalRateLimit/index";
import "./jwt/index";
import "./localRateLimit/index";
import "./metrics/index";
import "./mutation/index";
import "./token/index";
import "./tracing/index";
