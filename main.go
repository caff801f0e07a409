// Command armillary is an open development kit for Azure Sphere (MediaTek MT3620).
package main

import (
	"os"

	"armillary.dev/internal/cli"
	_ "armillary.dev/internal/hugeheap"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
