package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand"
	"os"
	"runtime/debug"
	"time"

	"dubbo.apache.org/dubbo-go/v3/protocol/dubbo"
	"dubbo.apache.org/dubbo-go/v3/protocol/invocation"
	"dubbo.apache.org/dubbo-go/v3/remoting"
	hessian "github.com/apache/dubbo-go-hessian2"
)

const headerBytes = 16

// maxStack is enough for values that are not endless.
const maxStack = 32 << 20

// readFrames reads request frames, one behind the other on standard input, as a provider does, and prints a line for each. A frame
// in which the library never comes to an end ends the process, as it would end a provider: its line is missing.
func readFrames() {
	debug.SetMaxStack(maxStack)
	in, lines := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		header := make([]byte, headerBytes)
		if _, err := io.ReadFull(in, header); err != nil {
			break
		}
		body := make([]byte, binary.BigEndian.Uint32(header[12:]))
		if _, err := io.ReadFull(in, body); err != nil {
			log.Fatal(err)
		}
		if err := lines.Encode(readFrame(append(header, body...))); err != nil {
			log.Fatal(err)
		}
	}
}

// readFrame is what dubbo-go's own codec makes of a frame. What ends its decoder is one call that failed, for a server.
func readFrame(frame []byte) (line map[string]any) {
	defer func() {
		if broken := recover(); broken != nil {
			line = map[string]any{"error": fmt.Sprint(broken)}
		}
	}()
	decoded, _, err := (&dubbo.DubboCodec{}).Decode(frame)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	if decoded == nil {
		return map[string]any{"error": "not whole"}
	}
	call := decoded.Result.(*remoting.Request).Data.(*invocation.RPCInvocation)
	attachments := map[string]any{}
	for name, value := range call.Attachments() {
		switch value := value.(type) {
		case nil, string:
			attachments[name] = value
		default:
			attachments[name] = true
		}
	}
	line = map[string]any{"key": call.ServiceKey(), "method": call.MethodName(), "attachments": attachments}
	if arguments := call.Arguments(); len(arguments) > 0 {
		if first, ok := arguments[0].(string); ok {
			line["first"] = first
		}
	}
	return line
}

// writeFrames writes request frames with random arguments and attachments to standard output, as a consumer does.
func writeFrames(count int, seed int64) {
	random, out := rand.New(rand.NewSource(seed)), bufio.NewWriter(os.Stdout)
	for n := 0; n < count; n++ {
		body := frameBody(random, n)
		header := make([]byte, headerBytes)
		copy(header, []byte{0xda, 0xbb, 0xc2, 0})
		binary.BigEndian.PutUint64(header[4:], uint64(n))
		binary.BigEndian.PutUint32(header[12:], uint32(len(body)))
		if _, err := out.Write(append(header, body...)); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func frameBody(random *rand.Rand, n int) []byte {
	out := hessian.NewEncoder()
	write := func(value any) {
		if err := out.Encode(value); err != nil {
			log.Fatal(err)
		}
	}
	types, arguments := "", []any{}
	for i := random.Intn(3); i > 0; i-- {
		types += "Ljava/lang/Object;"
		arguments = append(arguments, randomValue(random, 3))
	}
	for _, text := range []string{"2.0.2", "p.Pub", "1.0.0", "hello", types} {
		write(text)
	}
	for _, argument := range arguments {
		write(argument)
	}
	write(map[string]any{"path": "p.Pub", "interface": "p.Pub", "version": "1.0.0", "user": fmt.Sprint("u", n), "last": fmt.Sprint("end", n),
		"any": randomValue(random, 2), "inner": map[string]any{"user": "inner"}})
	return out.Buffer()
}

func randomValue(random *rand.Rand, depth int) any {
	if depth == 0 {
		return randomText(random)
	}
	switch random.Intn(9) {
	case 0:
		return random.Int31() >> random.Intn(31)
	case 1:
		return random.Int63() >> random.Intn(63)
	case 2:
		return random.NormFloat64()
	case 3:
		return make([]byte, random.Intn(40))
	case 4:
		return time.UnixMilli(random.Int63n(1 << 40))
	case 5:
		list := []any{}
		for i := random.Intn(8); i > 0; i-- {
			list = append(list, randomValue(random, depth-1))
		}
		return list
	case 6:
		entries := map[any]any{}
		for i := random.Intn(5); i > 0; i-- {
			entries[randomText(random)] = randomValue(random, depth-1)
		}
		return entries
	case 7:
		item := &Item{ID: random.Int31(), Name: randomText(random), Tags: []string{randomText(random)}, Counts: map[string]int64{"k": 1}}
		item.Self = item
		return item
	}
	return randomText(random)
}

func randomText(random *rand.Rand) string {
	first := []rune{' ', 0x80, 0x800, 0x1f300}[random.Intn(4)]
	text := []rune{}
	for i := random.Intn(40); i > 0; i-- {
		text = append(text, first+rune(random.Intn(90)))
	}
	return string(text)
}
