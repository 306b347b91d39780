//go:build tools

// Package tools pins, beside the tool lines of go.mod, what critest's test program is linked from: `go mod tidy`
// does not follow the imports of a dependency's own tests.
package tools

import (
	_ "sigs.k8s.io/cri-tools/pkg/benchmark"
	_ "sigs.k8s.io/cri-tools/pkg/validate"
)
