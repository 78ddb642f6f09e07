package main

import (
	"fmt"

	"github.com/apache/thrift/lib/go/thrift"
)

const largest = 0x3fffffff

// The library's factories for framed, buffered or header, and binary or compact.
func factories(transport, protocol string) (thrift.TTransportFactory, thrift.TProtocolFactory, error) {
	inner := thrift.THeaderProtocolBinary
	if protocol == "compact" {
		inner = thrift.THeaderProtocolCompact
	}
	conf := &thrift.TConfiguration{MaxMessageSize: largest, MaxFrameSize: largest, THeaderProtocolID: &inner}
	var protocols thrift.TProtocolFactory = thrift.NewTBinaryProtocolFactoryConf(conf)
	if protocol == "compact" {
		protocols = thrift.NewTCompactProtocolFactoryConf(conf)
	}
	switch transport {
	case "framed":
		return thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), conf), protocols, nil
	case "buffered":
		return thrift.NewTBufferedTransportFactory(8192), protocols, nil
	case "header":
		return thrift.NewTHeaderTransportFactoryConf(thrift.NewTTransportFactory(), conf), thrift.NewTHeaderProtocolFactoryConf(conf), nil
	}
	return nil, nil, fmt.Errorf("transport %q: framed, buffered or header", transport)
}
