package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
)

type service struct {
	name   string
	counts *counter
}

type counter struct {
	sync.Mutex
	calls map[string]int
}

func (s *service) handle(ctx context.Context, name string, args map[string]any) (any, error) {
	s.counts.Lock()
	s.counts.calls[name]++
	s.counts.Unlock()
	if helper, ok := thrift.GetResponseHelper(ctx); ok && helper.THeaderResponseHelper != nil {
		helper.SetHeader("served-by", s.name)
	}
	switch name {
	case "echo":
		return args["text"], nil
	case "item":
		it := args["it"].(map[string]any)
		if id := int(number(it["id"])); id < 0 {
			return nil, oopsError{id, "negative id"}
		}
		return it, nil
	case "add":
		return number(args["a"]) + number(args["b"]), nil
	case "boom":
		return nil, oopsError{7, args["why"].(string)}
	case "crash":
		return nil, errors.New(args["why"].(string))
	case "blob":
		return args["data"], nil
	case "drop":
		return args["what"], nil
	case "many":
		return len(args["xs"].([]any)), nil
	case "maps":
		return len(args["m"].(map[string]any)), nil
	case "setz":
		return len(args["s"].([]any)), nil
	case "sleep":
		time.Sleep(time.Duration(number(args["ms"])) * time.Millisecond)
		return args["tag"], nil
	case "whoami":
		return s.name, nil
	case "headers":
		headers := map[string]any{}
		for _, key := range thrift.GetReadHeaderList(ctx) {
			if value, ok := thrift.GetHeader(ctx, key); ok {
				headers[key] = value
			}
		}
		return headers, nil
	case "calls":
		s.counts.Lock()
		defer s.counts.Unlock()
		return s.counts.calls[args["method"].(string)], nil
	}
	return nil, nil
}

func multiplexed(demo, stock thrift.TProcessor) thrift.TProcessor {
	services := thrift.NewTMultiplexedProcessor()
	services.RegisterDefault(demo)
	services.RegisterProcessor("Demo", demo)
	services.RegisterProcessor("Stock", stock)
	return services
}

// Serves until standard input ends.
func serve(name string, port int, transport, protocol string, plain bool) error {
	transports, protocols, err := factories(transport, protocol)
	if err != nil {
		return err
	}
	counts := &counter{calls: map[string]int{}}
	var services thrift.TProcessor = &processor{&service{name, counts}}
	if !plain {
		services = multiplexed(services, &processor{&service{name + "/Stock", counts}})
	}
	socket, err := thrift.NewTServerSocket(fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	if err := socket.Listen(); err != nil {
		return err
	}
	server := thrift.NewTSimpleServer4(services, socket, transports, protocols)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	write(map[string]any{"ready": true, "port": socket.Addr().(*net.TCPAddr).Port})
	return server.Serve()
}
