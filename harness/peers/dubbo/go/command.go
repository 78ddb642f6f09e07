package main

import (
	"encoding/json"
	"time"
)

// Call is what one call says; of a variant, the fields that are given replace the command's.
type Call struct {
	Method      string            `json:"method"`
	Args        []json.RawMessage `json:"args"`
	Attachments map[string]string `json:"attachments"`
}

// Command is one line of standard input; the fields mean the same as in the Java client.
type Command struct {
	Call
	ID          any    `json:"id"`
	Count       int    `json:"count"`
	Concurrency int    `json:"concurrency"`
	Oneway      bool   `json:"oneway"`
	Generic     bool   `json:"generic"`
	Retries     int    `json:"retries"`
	Cluster     string `json:"cluster"`
	Timeout     int    `json:"timeout"`
	Variants    []Call `json:"variants"`
}

func (c Command) call(n int) Call {
	if len(c.Variants) == 0 {
		return c.Call
	}
	call := c.Variants[n%len(c.Variants)]
	if call.Method == "" {
		call.Method = c.Method
	}
	if call.Args == nil {
		call.Args = c.Args
	}
	if call.Attachments == nil {
		call.Attachments = c.Attachments
	}
	return call
}

func (c Command) cluster() string {
	if c.Cluster == "" {
		return "failover"
	}
	return c.Cluster
}

func (c Command) timeout() time.Duration {
	if c.Timeout == 0 {
		return 10 * time.Second
	}
	return time.Duration(c.Timeout) * time.Millisecond
}
