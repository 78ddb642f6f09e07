// Command go calls Demo over one TCP connection with dubbo-go, as told by JSON lines on standard input: one command a
// line, one answer a line, the same lines as the Java client's (see ../client.ts). It ends when standard input ends. With -mode
// it is a server (server.go), or writes or reads frames (frames.go).
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"log"
	"os"
	"sync"
)

const maxLine = 64 << 20

func main() {
	options := Options{}
	flag.StringVar(&options.Host, "host", "127.0.0.1", "address of the server or proxy")
	flag.IntVar(&options.Port, "port", 0, "its port")
	flag.StringVar(&options.Interface, "interface", "org.meltemi.demo.Demo", "name of the service")
	flag.StringVar(&options.Version, "version", "1.0.0", "version of the service")
	flag.StringVar(&options.Group, "group", "", "group of the service")
	flag.StringVar(&options.Heartbeat, "heartbeat", "60s", "time between heartbeats")
	mode := flag.String("mode", "call", "call, serve, write or read")
	count := flag.Int("count", 100, "of write: how many frames")
	seed := flag.Int64("seed", 1, "of write: of the random values")
	flag.Parse()

	// The libraries' logs would come between the frames and lines of standard output.
	configure(options)
	switch *mode {
	case "serve":
		serve(options)
	case "write":
		writeFrames(*count, *seed)
	case "read":
		readFrames()
	default:
		callAll(options)
	}
}

func callAll(options Options) {
	references, err := NewReferences(options)
	if err != nil {
		log.Fatal(err)
	}
	answers := answers{out: json.NewEncoder(os.Stdout)}
	answers.write(map[string]any{"ready": true})
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, maxLine)
	for in.Scan() {
		var command Command
		if err := json.Unmarshal(in.Bytes(), &command); err != nil {
			log.Fatalf("not a command: %v: %s", err, in.Text())
		}
		go func() { answers.write(Run(references, command)) }()
	}
}

type answers struct {
	lock sync.Mutex
	out  *json.Encoder
}

func (a *answers) write(line map[string]any) {
	a.lock.Lock()
	defer a.lock.Unlock()
	if err := a.out.Encode(line); err != nil {
		log.Fatal(err)
	}
}
