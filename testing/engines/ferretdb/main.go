// Command ferretdb serves MongoDB's protocol from SQLite files. It runs FerretDB behind a proxy that serializes writes.
//
// FerretDB 1.24 reads and writes in separate steps when it updates or deletes, so two conditional updates of one document may
// both succeed. MongoDB guarantees that only one succeeds. The proxy restores this guarantee.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

const (
	headerLength = 16
	opCodeOffset = 12
	opMsg        = 2013
	// The name follows the flags, the kind of the section, the length of the document and the type of its first field.
	nameOffset   = headerLength + 4 + 1 + 4 + 1
	messageLimit = 48_000_000
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "address to listen on")
	data := flag.String("data", "", "folder of the database files")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	socket := filepath.Join(*data, "ferretdb.sock")
	_ = os.Remove(socket)
	engine, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{Unix: socket},
		Logger:   slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:  "sqlite",
		// Each write is its own transaction. Writes survive a crash of this process, but not of the machine.
		SQLiteURL: "file:" + filepath.Join(*data, "sqlite") + "/?_pragma=synchronous(normal)",
	})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	go serve(listener, socket)
	if err := engine.Run(ctx); err != nil {
		log.Fatal(err)
	}
}

func serve(listener net.Listener, socket string) {
	var writes sync.Mutex
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer client.Close()
			engine, err := net.Dial("unix", socket)
			if err != nil {
				return
			}
			defer engine.Close()
			for exchange(client, engine, &writes) == nil {
			}
		}()
	}
}

// exchange forwards one command and its reply. Drivers send no commands without a reply.
func exchange(client, engine net.Conn, writes *sync.Mutex) error {
	command, err := readMessage(client)
	if err != nil {
		return err
	}
	reply, err := send(engine, command, writes)
	if err != nil {
		return err
	}
	_, err = client.Write(reply)
	return err
}

func send(engine net.Conn, command []byte, writes *sync.Mutex) ([]byte, error) {
	if isWrite(command) {
		writes.Lock()
		defer writes.Unlock()
	}
	if _, err := engine.Write(command); err != nil {
		return nil, err
	}
	return readMessage(engine)
}

// isWrite reports whether a command writes. Its name is the first field of the document in an OP_MSG.
func isWrite(command []byte) bool {
	if binary.LittleEndian.Uint32(command[opCodeOffset:]) != opMsg || len(command) < nameOffset {
		return false
	}
	name, _, _ := bytes.Cut(command[nameOffset:], []byte{0})
	switch string(name) {
	case "insert", "update", "delete", "findAndModify", "createIndexes", "create", "drop", "dropDatabase":
		return true
	}
	return false
}

func readMessage(from io.Reader) ([]byte, error) {
	header := make([]byte, headerLength)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header)
	if length < headerLength || length > messageLimit {
		return nil, io.ErrUnexpectedEOF
	}
	message := make([]byte, length)
	copy(message, header)
	_, err := io.ReadFull(from, message[headerLength:])
	return message, err
}
