// Package enginetest is the contract of package engine: every promise in a
// comment there has a case here, and every engine and every wrapper passes it
// unchanged. A behaviour that is not tested here is not promised.
package enginetest

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// test is one promise, in words.
type test struct {
	name string
	run  func(t *testing.T, e engine.Engine)
}

// Run holds engines to the contract. open returns an engine of an empty slot
// of its own, which the case closes.
func Run(t *testing.T, open func(t *testing.T) engine.Engine) {
	t.Helper()
	run(t, open, appendTests, keyTests, raceTests, lifeTests, lockTests, loadTests, readTests, scanTests, journalTests, pruneTests, auditTests, archiveTests, rewriteTests, tenantTests, cursorTests, bucketTests, originTests)
}

func run(t *testing.T, open func(t *testing.T) engine.Engine, parts ...[]test) {
	t.Helper()
	for _, tests := range parts {
		for _, tc := range tests {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				e := open(t)
				t.Cleanup(func() {
					if err := e.Close(); err != nil {
						t.Errorf("close: %v", err)
					}
				})
				tc.run(t, e)
			})
		}
	}
}
