package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	hessian "github.com/apache/dubbo-go-hessian2"
)

// number in texts of arguments and attachments stands for the call's number.
const number = "{n}"

// arguments are the Go values that hessian2 writes as the Java types of the method; of an unknown method, plain JSON.
func arguments(call Call, n int) ([]any, error) {
	values := make([]any, len(call.Args))
	for i, raw := range call.Args {
		value, err := argument(call.Method, i, raw)
		if err != nil {
			return nil, fmt.Errorf("%s: argument %d: %w", call.Method, i, err)
		}
		if text, ok := value.(string); ok {
			value = numberIn(text, n)
		}
		values[i] = value
	}
	return values, nil
}

func argument(method string, i int, raw json.RawMessage) (any, error) {
	switch {
	case method == "echo":
		return item(raw)
	case method == "slow" && i == 0, method == "mix" && i == 2:
		var value int64
		return value, json.Unmarshal(raw, &value)
	case method == "mix" && i == 3:
		var value float64
		err := json.Unmarshal(raw, &value)
		return value, err
	case method == "mix" && i == 4:
		var value []byte
		err := json.Unmarshal(raw, &value)
		return value, err
	case method == "mix" && i == 5:
		var millis int64
		err := json.Unmarshal(raw, &millis)
		return time.UnixMilli(millis), err
	}
	var value any
	err := json.Unmarshal(raw, &value)
	return value, err
}

func item(raw json.RawMessage) (*Item, error) {
	value := &Item{}
	extra := struct {
		Color string `json:"color"`
		Self  bool   `json:"self"`
	}{}
	if err := json.Unmarshal(raw, value); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &extra); err != nil {
		return nil, err
	}
	value.Color = Color(value.Color.EnumValue(extra.Color))
	if extra.Self {
		value.Self = value
	}
	return value, nil
}

// toJSON is the form in which the Java client prints the same value.
func toJSON(value any) any {
	switch value := value.(type) {
	case *Item:
		// dubbo-go copies the outermost object into the reply, so the cycle closes one step further in
		cycle := value.Self != nil && value.Self.Self == value.Self
		return map[string]any{"id": value.ID, "name": value.Name, "color": value.Color.String(), "tags": value.Tags, "counts": value.Counts, "self": cycle}
	case time.Time:
		return value.UnixMilli()
	case map[any]any:
		out := map[string]any{}
		for key, each := range value {
			out[fmt.Sprint(key)] = toJSON(each)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, each := range value {
			out[i] = toJSON(each)
		}
		return out
	case *hessian.Object:
		return toJSON(*value)
	}
	return value
}

func text(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}

func numberIn(text string, n int) string { return strings.ReplaceAll(text, number, strconv.Itoa(n)) }

// numberOut writes {n} back for the number, so that equal answers count together; an answer to another call is an error.
func numberOut(answer string, call Call, n int) (string, error) {
	for _, raw := range call.Args {
		var template string
		if json.Unmarshal(raw, &template) != nil || !strings.Contains(template, number) {
			continue
		}
		sent := numberIn(template, n)
		if !strings.Contains(answer, sent) {
			return "", fmt.Errorf("the answer is not that of this call")
		}
		answer = strings.ReplaceAll(answer, sent, template)
	}
	return answer, nil
}
