/** All codecs that ship and the example's, in one module. */
import "../../codecs/dubbo/index";
import "../../codecs/redis/index";
import "../../codecs/thrift/index";
import "../../examples/awesomerpc/index";

export * from "../../assembly/module";
