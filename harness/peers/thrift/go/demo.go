package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/thrift/lib/go/thrift"
)

// What the Thrift compiler would write for demo.thrift, as tables: on the library's own client and processor interfaces.
var (
	item = structure("Item", []field{{1, "id", i32}, {2, "name", text}, {3, "numbers", list(i64)}, {4, "tags", texts}, {5, "marks", set(i32)}, {6, "flag", boolean}, {7, "weight", double}})
	oops = structure("Oops", []field{{1, "code", i32}, {2, "why", text}})
)

type method struct {
	args     []field
	result   *kind
	declares bool
	oneway   bool
}

var methods = map[string]method{
	"echo":    {args: []field{{1, "text", text}}, result: &text},
	"item":    {args: []field{{1, "it", item}}, result: &item, declares: true},
	"add":     {args: []field{{1, "a", i32}, {2, "b", i32}}, result: &i32},
	"notify":  {args: []field{{1, "text", text}}, oneway: true},
	"boom":    {args: []field{{1, "why", text}}, declares: true},
	"crash":   {args: []field{{1, "why", text}}, result: &text},
	"blob":    {args: []field{{1, "data", binary}}, result: &binary},
	"sleep":   {args: []field{{1, "ms", i32}, {2, "tag", text}}, result: &text},
	"whoami":  {result: &text},
	"headers": {result: &texts},
	"calls":   {args: []field{{1, "method", text}}, result: &i32},
	"drop":    {args: []field{{1, "what", text}}, result: &text},
	"many":    {args: []field{{1, "xs", list(text)}}, result: &i32},
	"maps":    {args: []field{{1, "m", texts}}, result: &i32},
	"setz":    {args: []field{{1, "s", set(text)}}, result: &i32},
}

func (m method) arguments(name string) *record { return &record{name: name + "_args", fields: m.args} }

func (m method) answer(name string) *record {
	fields := []field{}
	if m.result != nil {
		fields = append(fields, field{0, "success", *m.result})
	}
	if m.declares {
		fields = append(fields, field{1, "oops", oops})
	}
	return &record{name: name + "_result", fields: fields, values: map[string]any{}}
}

// The declared exception.
type oopsError struct {
	code int
	why  string
}

func (e oopsError) Error() string { return fmt.Sprintf("%d: %s", e.code, e.why) }

type handler interface {
	// Values by the names of arguments; an oopsError is the declared exception.
	handle(ctx context.Context, name string, args map[string]any) (any, error)
}

type processor struct{ handler handler }

// The library asks for these two for middleware only.
func (p *processor) ProcessorMap() map[string]thrift.TProcessorFunction  { return nil }
func (p *processor) AddToProcessorMap(string, thrift.TProcessorFunction) {}

func (p *processor) Process(ctx context.Context, in, out thrift.TProtocol) (bool, thrift.TException) {
	name, _, seqid, err := in.ReadMessageBegin(ctx)
	if err != nil {
		return false, thrift.WrapTException(err)
	}
	m, ok := methods[name]
	if !ok {
		in.Skip(ctx, thrift.STRUCT)
		in.ReadMessageEnd(ctx)
		x := thrift.NewTApplicationException(thrift.UNKNOWN_METHOD, "Unknown function "+name)
		answer(ctx, out, name, thrift.EXCEPTION, seqid, x)
		return false, x
	}
	args := m.arguments(name)
	if err := args.Read(ctx, in); err != nil {
		in.ReadMessageEnd(ctx)
		answer(ctx, out, name, thrift.EXCEPTION, seqid, thrift.NewTApplicationException(thrift.PROTOCOL_ERROR, err.Error()))
		return false, thrift.WrapTException(err)
	}
	in.ReadMessageEnd(ctx)
	value, err := p.handler.handle(ctx, name, args.values)
	if m.oneway {
		return true, thrift.WrapTException(err)
	}
	result := m.answer(name)
	var declared oopsError
	switch {
	case errors.As(err, &declared):
		result.values["oops"] = map[string]any{"code": declared.code, "why": declared.why}
	case err != nil:
		x := thrift.NewTApplicationException(thrift.INTERNAL_ERROR, "Internal error processing "+name+": "+err.Error())
		if err := answer(ctx, out, name, thrift.EXCEPTION, seqid, x); err != nil {
			return false, thrift.WrapTException(err)
		}
		return true, thrift.WrapTException(err)
	default:
		result.values["success"] = value
	}
	if err := answer(ctx, out, name, thrift.REPLY, seqid, result); err != nil {
		return false, thrift.WrapTException(err)
	}
	return true, nil
}

func answer(ctx context.Context, out thrift.TProtocol, name string, kind thrift.TMessageType, seqid int32, body thrift.TStruct) error {
	if err := out.WriteMessageBegin(ctx, name, kind, seqid); err != nil {
		return err
	}
	if err := body.Write(ctx, out); err != nil {
		return err
	}
	if err := out.WriteMessageEnd(ctx); err != nil {
		return err
	}
	return out.Flush(ctx)
}
