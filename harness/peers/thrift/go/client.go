package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
)

// One call, as the tests write it.
type call struct {
	Method  string            `json:"method"`
	Args    []any             `json:"args"`
	Headers map[string]string `json:"headers"`
	Oneway  bool              `json:"oneway"`
	Timeout int               `json:"timeout"`
}

// A client that connects with the first call, and again after its connection broke.
type peer struct {
	port                         int
	transport, protocol, service string
	socket                       *thrift.TSocket
	client                       *thrift.TStandardClient
	in, out                      thrift.TProtocol
	seqid                        int32
}

func (p *peer) connect() error {
	if p.client != nil {
		return nil
	}
	transports, protocols, err := factories(p.transport, p.protocol)
	if err != nil {
		return err
	}
	p.socket = thrift.NewTSocketConf(fmt.Sprintf("127.0.0.1:%d", p.port), &thrift.TConfiguration{ConnectTimeout: 10 * time.Second})
	trans, err := transports.GetTransport(p.socket)
	if err != nil {
		return err
	}
	if err := trans.Open(); err != nil {
		return err
	}
	p.in = protocols.GetProtocol(trans)
	p.out = p.in
	if p.service != "" {
		p.out = thrift.NewTMultiplexedProtocol(p.out, p.service)
	}
	p.client = thrift.NewTStandardClient(p.in, p.out)
	return nil
}

// What a call sends and where its answer goes; the answer is nil for one-way calls.
func (p *peer) prepare(c call) (context.Context, *record, *record, error) {
	if err := p.connect(); err != nil {
		return nil, nil, nil, err
	}
	timeout := 10 * time.Second
	if c.Timeout > 0 {
		timeout = time.Duration(c.Timeout) * time.Millisecond
	}
	p.socket.SetSocketTimeout(timeout)
	m, known := methods[c.Method]
	if !known {
		m = methods["echo"]
	}
	args := m.arguments(c.Method)
	args.values = map[string]any{}
	for i, f := range m.args {
		if i < len(c.Args) {
			args.values[f.name] = c.Args[i]
		}
	}
	if c.Method == "blob" {
		args.values["data"] = pattern(int(number(c.Args[0])))
	}
	ctx, keys := context.Background(), []string{}
	for key, value := range c.Headers {
		ctx = thrift.SetHeader(ctx, key, value)
		keys = append(keys, key)
	}
	ctx = thrift.SetWriteHeaderList(ctx, keys)
	if m.oneway || c.Oneway {
		return ctx, args, nil, nil
	}
	return ctx, args, m.answer(c.Method), nil
}

func (p *peer) call(c call) map[string]any {
	ctx, args, result, err := p.prepare(c)
	if err != nil {
		return p.failed(err)
	}
	if result == nil {
		_, err = p.client.Call(ctx, c.Method, args, nil)
		return p.shown(c, nil, err)
	}
	meta, err := p.client.Call(ctx, c.Method, args, result)
	answer := p.shown(c, result, err)
	if p.transport == "header" && answer["ok"] == true {
		answer["headers"] = meta.Headers
	}
	return answer
}

// Sends all, then reads all answers.
func (p *peer) pipeline(calls []call) []map[string]any {
	results := make([]*record, len(calls))
	first := p.seqid + 1
	answers := make([]map[string]any, len(calls))
	for i, c := range calls {
		p.seqid++
		ctx, args, result, err := p.prepare(c)
		if err == nil {
			results[i] = result
			err = p.client.Send(ctx, p.out, p.seqid, c.Method, args)
		}
		if err != nil {
			answers[i] = p.failed(err)
		}
	}
	for i, c := range calls {
		if answers[i] == nil && results[i] != nil && p.client == nil {
			answers[i] = map[string]any{"ok": false, "class": "TTransportException", "error": "the connection broke before"}
		} else if answers[i] == nil && results[i] != nil {
			answers[i] = p.shown(c, results[i], p.client.Recv(context.Background(), p.in, first+int32(i), c.Method, results[i]))
		} else if answers[i] == nil {
			answers[i] = p.shown(c, nil, nil)
		}
	}
	return answers
}

func (p *peer) shown(c call, result *record, err error) map[string]any {
	if err != nil {
		return p.failed(err)
	}
	if result == nil {
		return map[string]any{"ok": true}
	}
	if declared, ok := result.values["oops"].(map[string]any); ok {
		return map[string]any{"ok": false, "class": "Oops", "error": fmt.Sprintf("%v: %v", declared["code"], declared["why"])}
	}
	value, ok := result.values["success"]
	if !ok && methods[c.Method].result != nil {
		return p.failed(thrift.NewTApplicationException(thrift.MISSING_RESULT, c.Method+" failed: unknown result"))
	}
	if data, ok := value.([]byte); ok {
		value = fmt.Sprintf("%d:%x", len(data), sha256.Sum256(data))
		value = value.(string)[:strings.Index(value.(string), ":")+17]
	}
	return map[string]any{"ok": true, "value": value}
}

// An error as the library gives it; a connection that is of no more use is given up.
func (p *peer) failed(err error) map[string]any {
	var application thrift.TApplicationException
	if errors.As(err, &application) {
		return map[string]any{"ok": false, "class": "TApplicationException", "error": err.Error(), "type": application.TypeId()}
	}
	if p.client != nil {
		p.socket.Close()
		p.client = nil
	}
	answer := map[string]any{"ok": false, "class": fmt.Sprintf("%T", err), "error": err.Error()}
	var transport thrift.TTransportException
	if errors.As(err, &transport) {
		answer["class"], answer["type"] = "TTransportException", transport.TypeId()
	}
	return answer
}

// The bytes 0..250, again and again.
func pattern(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i % 251)
	}
	return data
}
