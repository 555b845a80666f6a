package hot

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/rueidis"
)

var (
	//go:embed lua/head.lua
	headText string
	//go:embed lua/step.lua
	stepText string
	//go:embed lua/reserve.lua
	reserveText string
	//go:embed lua/rollback.lua
	rollbackText string
	//go:embed lua/written.lua
	writtenText string
	//go:embed lua/release.lua
	releaseText string
	//go:embed lua/confirm.lua
	confirmText string
	//go:embed lua/add.lua
	addText string
	//go:embed lua/initialise.lua
	initialiseText string
	//go:embed lua/seal.lua
	sealText string
	//go:embed lua/look.lua
	lookText string
	//go:embed lua/check.lua
	checkText string
)

// A script that gives back or forgets may run when Redis is out of memory; one that takes
// is refused before it begins.
var (
	reserveScript    = script("", reserveText)
	rollbackScript   = script("allow-oom", rollbackText)
	writtenScript    = script("allow-oom", writtenText)
	releaseScript    = script("allow-oom", stepText, releaseText)
	confirmScript    = script("allow-oom", stepText, confirmText)
	addScript        = script("allow-oom", addText)
	initialiseScript = script("", initialiseText)
	sealScript       = script("allow-oom", sealText)
	lookScript       = script("no-writes", lookText)
	checkScript      = script("no-writes", checkText)
)

func script(flags string, parts ...string) *rueidis.Lua {
	first := "#!lua"
	if flags != "" {
		first += " flags=" + flags
	}
	return rueidis.NewLuaScript(first + "\n" + headText + strings.Join(parts, "\n"))
}

// The balance of an item in Redis cannot be used and must be made again from the ledger,
// unless the epoch was only the caller's mistake.
var (
	// ErrEpoch means that the balance is of another epoch, or that there is none.
	ErrEpoch = errors.New("redis: the balance is of another epoch")
	// ErrRun means that another server wrote the balance: Redis was started again or failed over.
	ErrRun = errors.New("redis: the balance was written by another server")
	// ErrAbsent means that a part of the balance is missing.
	ErrAbsent = errors.New("redis: a part of the balance is missing")
)

// errUnreadable means that a part of the balance is not as a script writes it.
var errUnreadable = errors.New("redis: the balance cannot be read")

// epochError is an ErrEpoch with what is there.
type epochError struct {
	has    string // the epoch
	writer string // the server that wrote the balance
	server string // that has it now
}

func (e *epochError) Error() string { return ErrEpoch.Error() + ", " + e.has }

// Unwrap makes it an ErrEpoch.
func (e *epochError) Unwrap() error { return ErrEpoch }

// written reports whether the server that has no such balance has had it: this process has seen balances of it. Otherwise it
// was started again, or has failed over.
func (e *epochError) written(g *redisGate) bool {
	if e.has == "none" && e.writer == "none" {
		return g.hasSeen(e.server)
	}
	return e.writer == e.server
}

// fault returns the error that a script ended with.
func fault(err error) error {
	text, ok := rueidis.IsRedisErr(err)
	if !ok {
		return err
	}
	var e epochError
	if n, _ := fmt.Sscanf(text.Error(), "EPOCH %s %s %s", &e.has, &e.writer, &e.server); n == 3 {
		return &e
	}
	for begin, known := range map[string]error{"EPOCH": ErrEpoch, "RUN": ErrRun, "ABSENT": ErrAbsent} {
		if strings.HasPrefix(text.Error(), begin+" ") {
			return known
		}
	}
	return err
}

// answered reports whether the error is one that Redis gave, or this package found in what
// it gave.
func answered(err error) bool {
	_, told := rueidis.IsRedisErr(err)
	return told || unusable(err)
}

// IsOfRedis reports whether Redis did not answer, or answered that it cannot.
func IsOfRedis(err error) bool { return errors.Is(err, ErrDown) || answered(err) }

// unusable reports whether the balance has to be made anew.
func unusable(err error) bool {
	return errors.Is(err, ErrEpoch) || errors.Is(err, ErrRun) || errors.Is(err, ErrAbsent) || errors.Is(err, errUnreadable)
}
