package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/apache/thrift/lib/go/thrift"
)

// A client's bytes; answers go nowhere.
type memory struct {
	in   *bytes.Reader
	once sync.Once
	done chan struct{}
}

func (m *memory) Read(p []byte) (int, error)  { return m.in.Read(p) }
func (m *memory) Write(p []byte) (int, error) { return len(p), nil }
func (m *memory) Close() error                { m.once.Do(func() { close(m.done) }); return nil }
func (m *memory) Flush(context.Context) error { return nil }
func (m *memory) RemainingBytes() uint64      { return uint64(m.in.Len()) }
func (m *memory) Open() error                 { return nil }
func (m *memory) IsOpen() bool                { return true }

// The library's server accepts what comes here.
type listener chan *memory

func (l listener) Listen() error { return nil }
func (l listener) Accept() (thrift.TTransport, error) {
	if m, ok := <-l; ok {
		return m, nil
	}
	return nil, io.EOF
}
func (l listener) Close() error     { return nil }
func (l listener) Interrupt() error { return nil }

type ran struct {
	Service string         `json:"service"`
	Method  string         `json:"method"`
	Args    map[string]any `json:"args"`
}

// A service that notes what it is called for.
type recorder struct {
	service string
	all     *[]ran
}

func (r recorder) handle(_ context.Context, name string, args map[string]any) (any, error) {
	*r.all = append(*r.all, ran{r.service, name, args})
	return nil, oopsError{0, name}
}

// Writes calls, and runs what others wrote, in memory.
func frames(transport, protocol string, plain bool) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	transports, protocols, err := factories(transport, protocol)
	if err != nil {
		return err
	}
	all, accepted := []ran{}, make(listener)
	var services thrift.TProcessor = &processor{recorder{"", &all}}
	if !plain {
		alone := services
		multiplexed := thrift.NewTMultiplexedProcessor()
		multiplexed.RegisterDefault(alone)
		multiplexed.RegisterProcessor("Demo", &processor{recorder{"Demo", &all}})
		services = multiplexed
	}
	go thrift.NewTSimpleServer4(services, accepted, transports, protocols).Serve()
	run := func(content string) any {
		all = []ran{}
		in, _ := hex.DecodeString(content)
		m := &memory{in: bytes.NewReader(in), done: make(chan struct{})}
		accepted <- m
		<-m.done
		return all
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<28)
	write(map[string]any{"ready": true})
	for lines.Scan() {
		var c struct {
			ID    int      `json:"id"`
			Run   []string `json:"run"`
			Write [][]call `json:"write"`
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return err
		}
		done := []any{}
		for _, content := range c.Run {
			done = append(done, run(content))
		}
		for _, calls := range c.Write {
			content, err := written(calls, transports, protocols)
			if err != nil {
				return err
			}
			done = append(done, content)
		}
		write(map[string]any{"id": c.ID, "ok": true, "done": done})
	}
	return lines.Err()
}

func written(calls []call, transports thrift.TTransportFactory, protocols thrift.TProtocolFactory) (string, error) {
	ctx, buffer := context.Background(), thrift.NewTMemoryBuffer()
	trans, err := transports.GetTransport(buffer)
	if err != nil {
		return "", err
	}
	out := protocols.GetProtocol(trans)
	client := thrift.NewTStandardClient(out, out)
	for i, c := range calls {
		m := methods[c.Method]
		args := m.arguments(c.Method)
		args.values = map[string]any{}
		for n, f := range m.args {
			args.values[f.name] = c.Args[n]
		}
		if err := client.Send(ctx, out, int32(i+1), c.Method, args); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(buffer.Bytes()), nil
}
