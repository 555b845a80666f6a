package ledger_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A test server may live as long as the process.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("holdfast.dev/holdfast/internal/dbtest.(*daemon).spawn.func1"))
}
