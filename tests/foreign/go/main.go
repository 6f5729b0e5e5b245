// Clients written in Go. `foreign oauth2 public` runs one way of one of them; a way that fails panics.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	ways := map[string]map[string]func(context.Context){"oauth2": oauth2Ways, "zitadel": zitadelWays}
	way, known := ways[os.Args[1]][os.Args[2]]
	demand(known, "no such way: %v", os.Args[1:])
	way(context.Background())
}

func demand(fact bool, otherwise string, values ...any) {
	if !fact {
		panic(fmt.Sprintf(otherwise, values...))
	}
}

func must[T any](value T, err error) T {
	demand(err == nil, "%v", err)
	return value
}
