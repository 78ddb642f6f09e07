package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dubbo.apache.org/dubbo-go/v3/protocol/invocation"
	hessian "github.com/apache/dubbo-go-hessian2"
	"github.com/apache/dubbo-go-hessian2/java_exception"
	"github.com/pkg/errors"
)

type outcome struct {
	value       any
	attachments map[string]any
}

// Run makes the calls of one command; the answer's fields are the Java client's.
func Run(references *References, command Command) map[string]any {
	if command.Count > 1 {
		return many(references, command)
	}
	result, err := call(references, command, 0)
	if err != nil {
		return map[string]any{"id": command.ID, "ok": false, "error": err.Error(), "class": class(err), "cause": cause(err)}
	}
	attachments := map[string]string{}
	for key, value := range result.attachments {
		attachments[key] = fmt.Sprint(value)
	}
	return map[string]any{"id": command.ID, "ok": true, "value": result.value, "responseAttachments": attachments}
}

func many(references *References, command Command) map[string]any {
	var lock sync.Mutex
	var workers sync.WaitGroup
	var next atomic.Int64
	results, failures := map[string]int{}, map[string]int{}
	start := time.Now()
	for range min(max(command.Concurrency, 1), command.Count) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := int(next.Add(1)) - 1; n < command.Count; n = int(next.Add(1)) - 1 {
				answer, err := counted(references, command, n)
				lock.Lock()
				if err != nil {
					failures[class(err)+": "+cause(err)]++
				} else {
					results[answer]++
				}
				lock.Unlock()
			}
		}()
	}
	workers.Wait()
	millis := time.Since(start).Milliseconds()
	return map[string]any{"id": command.ID, "ok": len(failures) == 0, "results": results, "errors": failures, "millis": millis}
}

func counted(references *References, command Command, n int) (string, error) {
	result, err := call(references, command, n)
	if err != nil {
		return "", err
	}
	return numberOut(text(result.value), command.call(n), n)
}

func call(references *References, command Command, n int) (outcome, error) {
	invoker, err := references.Invoker(command)
	if err != nil {
		return outcome{}, err
	}
	call := command.call(n)
	args, err := arguments(call, n)
	if err != nil {
		return outcome{}, err
	}
	attachments := map[string]any{}
	for key, value := range call.Attachments {
		attachments[key] = numberIn(value, n)
	}
	method := call.Method
	if command.Generic {
		attachments["generic"] = "true"
		method, args = "$invoke", genericArguments(call.Method, args)
	}
	if command.Oneway {
		attachments["async"] = "true"
	}
	reply := newReply(method)
	rpc := invocation.NewRPCInvocationWithOptions(invocation.WithMethodName(method), invocation.WithArguments(args),
		invocation.WithAttachments(attachments), invocation.WithReply(reply))
	result := invoker.Invoke(context.Background(), rpc)
	if result.Error() != nil || command.Oneway {
		return outcome{}, result.Error()
	}
	return outcome{value(reply), result.Attachments()}, nil
}

func genericArguments(method string, args []any) []any {
	types, values := []string{}, []hessian.Object{}
	for i, arg := range args {
		name := "java.lang.String"
		if method == "slow" && i == 0 {
			name = "long"
		}
		types, values = append(types, name), append(values, arg)
	}
	return []any{method, types, values}
}

// newReply is where dubbo-go puts the result; its type must fit the Java method's.
func newReply(method string) any {
	switch method {
	case "echo":
		return &Item{}
	case "calls":
		return new(int64)
	case "mix":
		return &map[any]any{}
	case "$invoke", "boom", "nothing":
		return new(any)
	}
	return new(string)
}

func value(reply any) any {
	switch reply := reply.(type) {
	case *string:
		return *reply
	case *int64:
		return *reply
	case *any:
		return toJSON(*reply)
	case *map[any]any:
		return toJSON(*reply)
	}
	return toJSON(reply)
}

func class(err error) string {
	if thrown, ok := errors.Cause(err).(interface{ JavaClassName() string }); ok {
		return thrown.JavaClassName()
	}
	return fmt.Sprintf("%T", errors.Cause(err))
}

// cause is the first line of the innermost text, which a server or proxy wrote.
func cause(err error) string {
	inner := errors.Cause(err)
	message := inner.Error()
	if thrown, ok := inner.(*java_exception.Throwable); ok {
		message = thrown.DetailMessage
	}
	first, _, _ := strings.Cut(message, "\n")
	return first
}
