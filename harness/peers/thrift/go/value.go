package main

import (
	"context"
	"encoding/json"
	"sort"

	"github.com/apache/thrift/lib/go/thrift"
)

// A type of demo.thrift: how its values, as JSON has them, are written and read.
type kind struct {
	id    thrift.TType
	write func(ctx context.Context, p thrift.TProtocol, v any) error
	read  func(ctx context.Context, p thrift.TProtocol) (any, error)
}

func number(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case int:
		return float64(n)
	case json.Number:
		f, _ := n.Float64()
		return f
	}
	return 0
}

var (
	i32 = kind{thrift.I32,
		func(ctx context.Context, p thrift.TProtocol, v any) error { return p.WriteI32(ctx, int32(number(v))) },
		func(ctx context.Context, p thrift.TProtocol) (any, error) {
			n, err := p.ReadI32(ctx)
			return float64(n), err
		}}
	i64 = kind{thrift.I64,
		func(ctx context.Context, p thrift.TProtocol, v any) error { return p.WriteI64(ctx, int64(number(v))) },
		func(ctx context.Context, p thrift.TProtocol) (any, error) {
			n, err := p.ReadI64(ctx)
			return float64(n), err
		}}
	double = kind{thrift.DOUBLE,
		func(ctx context.Context, p thrift.TProtocol, v any) error { return p.WriteDouble(ctx, number(v)) },
		func(ctx context.Context, p thrift.TProtocol) (any, error) { return p.ReadDouble(ctx) }}
	boolean = kind{thrift.BOOL,
		func(ctx context.Context, p thrift.TProtocol, v any) error { return p.WriteBool(ctx, v.(bool)) },
		func(ctx context.Context, p thrift.TProtocol) (any, error) { return p.ReadBool(ctx) }}
	text = kind{thrift.STRING,
		func(ctx context.Context, p thrift.TProtocol, v any) error { return p.WriteString(ctx, v.(string)) },
		func(ctx context.Context, p thrift.TProtocol) (any, error) { return p.ReadString(ctx) }}
	binary = kind{thrift.STRING,
		func(ctx context.Context, p thrift.TProtocol, v any) error { return p.WriteBinary(ctx, v.([]byte)) },
		func(ctx context.Context, p thrift.TProtocol) (any, error) { return p.ReadBinary(ctx) }}
)

func list(of kind) kind {
	return kind{thrift.LIST,
		func(ctx context.Context, p thrift.TProtocol, v any) error {
			values := v.([]any)
			if err := p.WriteListBegin(ctx, of.id, len(values)); err != nil {
				return err
			}
			return each(ctx, p, of, values, p.WriteListEnd)
		},
		func(ctx context.Context, p thrift.TProtocol) (any, error) {
			_, size, err := p.ReadListBegin(ctx)
			return several(ctx, p, of, size, err, p.ReadListEnd)
		}}
}

func set(of kind) kind {
	return kind{thrift.SET,
		func(ctx context.Context, p thrift.TProtocol, v any) error {
			values := v.([]any)
			if err := p.WriteSetBegin(ctx, of.id, len(values)); err != nil {
				return err
			}
			return each(ctx, p, of, values, p.WriteSetEnd)
		},
		func(ctx context.Context, p thrift.TProtocol) (any, error) {
			_, size, err := p.ReadSetBegin(ctx)
			return several(ctx, p, of, size, err, p.ReadSetEnd)
		}}
}

func each(ctx context.Context, p thrift.TProtocol, of kind, values []any, end func(context.Context) error) error {
	for _, value := range values {
		if err := of.write(ctx, p, value); err != nil {
			return err
		}
	}
	return end(ctx)
}

func several(ctx context.Context, p thrift.TProtocol, of kind, size int, err error, end func(context.Context) error) (any, error) {
	values := []any{}
	for i := 0; err == nil && i < size; i++ {
		var value any
		value, err = of.read(ctx, p)
		values = append(values, value)
	}
	if err != nil {
		return nil, err
	}
	return values, end(ctx)
}

// map<string, string>
var texts = kind{thrift.MAP,
	func(ctx context.Context, p thrift.TProtocol, v any) error {
		values := v.(map[string]any)
		if err := p.WriteMapBegin(ctx, thrift.STRING, thrift.STRING, len(values)); err != nil {
			return err
		}
		keys := make([]string, 0, len(values))
		for key := range values {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			if err := p.WriteString(ctx, key); err != nil {
				return err
			}
			if err := p.WriteString(ctx, values[key].(string)); err != nil {
				return err
			}
		}
		return p.WriteMapEnd(ctx)
	},
	func(ctx context.Context, p thrift.TProtocol) (any, error) {
		_, _, size, err := p.ReadMapBegin(ctx)
		values := map[string]any{}
		for i := 0; err == nil && i < size; i++ {
			var key string
			if key, err = p.ReadString(ctx); err == nil {
				values[key], err = p.ReadString(ctx)
			}
		}
		if err != nil {
			return nil, err
		}
		return values, p.ReadMapEnd(ctx)
	}}

type field struct {
	id   int16
	name string
	of   kind
}

// A struct with its fields by name; what is not in the map is not set.
type record struct {
	name   string
	fields []field
	values map[string]any
}

func (r *record) Write(ctx context.Context, p thrift.TProtocol) error {
	if err := p.WriteStructBegin(ctx, r.name); err != nil {
		return err
	}
	for _, f := range r.fields {
		value, ok := r.values[f.name]
		if !ok || value == nil {
			continue
		}
		if err := p.WriteFieldBegin(ctx, f.name, f.of.id, f.id); err != nil {
			return err
		}
		if err := f.of.write(ctx, p, value); err != nil {
			return err
		}
		if err := p.WriteFieldEnd(ctx); err != nil {
			return err
		}
	}
	if err := p.WriteFieldStop(ctx); err != nil {
		return err
	}
	return p.WriteStructEnd(ctx)
}

func (r *record) Read(ctx context.Context, p thrift.TProtocol) error {
	r.values = map[string]any{}
	if _, err := p.ReadStructBegin(ctx); err != nil {
		return err
	}
	for {
		_, id, number, err := p.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if id == thrift.STOP {
			return p.ReadStructEnd(ctx)
		}
		if err := r.readField(ctx, p, id, number); err != nil {
			return err
		}
		if err := p.ReadFieldEnd(ctx); err != nil {
			return err
		}
	}
}

func (r *record) readField(ctx context.Context, p thrift.TProtocol, id thrift.TType, number int16) error {
	for _, f := range r.fields {
		if f.id == number && f.of.id == id {
			value, err := f.of.read(ctx, p)
			r.values[f.name] = value
			return err
		}
	}
	return p.Skip(ctx, id)
}

// A struct as the type of a field.
func structure(name string, fields []field) kind {
	return kind{thrift.STRUCT,
		func(ctx context.Context, p thrift.TProtocol, v any) error {
			return (&record{name, fields, v.(map[string]any)}).Write(ctx, p)
		},
		func(ctx context.Context, p thrift.TProtocol) (any, error) {
			r := &record{name: name, fields: fields}
			err := r.Read(ctx, p)
			return r.values, err
		}}
}
