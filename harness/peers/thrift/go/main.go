// The Go Thrift peer: `peer server` and `peer client`, both led by harness/peers/thrift.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func write(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		text = []byte(fmt.Sprintf(`{"ok":false,"id":%v,"error":%q}`, line["id"], err.Error()))
	}
	os.Stdout.Write(append(text, '\n'))
}

// One line of standard input: a call, many, or a pipeline.
type command struct {
	call
	ID       int    `json:"id"`
	Count    int    `json:"count"`
	Calls    []call `json:"calls"`
	Pipeline []call `json:"pipeline"`
}

// A call with {n} replaced by its number.
func numbered(c call, n int) call {
	text, _ := json.Marshal(c)
	var copy call
	json.Unmarshal([]byte(strings.ReplaceAll(string(text), "{n}", strconv.Itoa(n))), &copy)
	return copy
}

func (p *peer) many(c command) map[string]any {
	results, failures, start := map[string]int{}, map[string]int{}, time.Now()
	for n := 0; n < c.Count; n++ {
		answer := p.call(numbered(c.Calls[n%len(c.Calls)], n))
		if answer["ok"] == true {
			results[fmt.Sprint(answer["value"])]++
		} else {
			failures[fmt.Sprintf("%v: %v", answer["class"], answer["error"])]++
		}
	}
	return map[string]any{"ok": true, "results": results, "errors": failures, "millis": time.Since(start).Milliseconds()}
}

func (p *peer) run(c command) map[string]any {
	if c.Pipeline != nil {
		calls := make([]call, len(c.Pipeline))
		for n, each := range c.Pipeline {
			calls[n] = numbered(each, n)
		}
		return map[string]any{"ok": true, "answers": p.pipeline(calls)}
	}
	if c.Count > 0 {
		return p.many(c)
	}
	return p.call(c.call)
}

func commands(p *peer) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	write(map[string]any{"ready": true})
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return err
		}
		answer := p.run(c)
		answer["id"] = c.ID
		write(answer)
	}
	return lines.Err()
}

func main() {
	flags := flag.NewFlagSet("peer", flag.ExitOnError)
	port := flags.Int("port", 0, "")
	name := flags.String("name", "", "")
	transport := flags.String("transport", "framed", "")
	protocol := flags.String("protocol", "binary", "")
	service := flags.String("service", "", "")
	plain := flags.Bool("plain", false, "")
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: peer client|server|frames")
		os.Exit(2)
	}
	flags.Parse(os.Args[2:])
	var err error
	switch os.Args[1] {
	case "server":
		err = serve(*name, *port, *transport, *protocol, *plain)
	case "frames":
		err = frames(*transport, *protocol, *plain)
	default:
		err = commands(&peer{port: *port, transport: *transport, protocol: *protocol, service: *service})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
