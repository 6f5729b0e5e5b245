package main

import (
	"encoding/json"
	"fmt"
	"os"
)

var issuer, fhir, name, secret = os.Getenv("ISSUER"), os.Getenv("FHIR"), os.Getenv("NAME"), os.Getenv("SECRET")

func main() {
	for _, token := range os.Args[1:] {
		claims, err := judged(token)
		if err != nil {
			fmt.Println("refused")
			continue
		}
		text, _ := json.Marshal(claims)
		fmt.Println(string(text))
	}
}
