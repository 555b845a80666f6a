package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// leastPacket is what every server takes: the least that max_allowed_packet
// may be for this package. Larger groups are cut into several packets, but a
// record must fit into one.
const leastPacket = 4 << 20

// promises are the settings that a server needs in order to keep what it has
// confirmed, whatever happens to it (FAULTS F19), and the checks for them.
var promises = []struct {
	setting string
	// kept reports whether the value keeps the promise; binlog says whether
	// the server writes a binary log.
	kept func(value string, binlog bool) bool
	want string
}{
	{
		"innodb_flush_log_at_trx_commit", func(v string, _ bool) bool { return v == "1" },
		"1: anything else forgets confirmed orders when the server or its machine dies",
	},
	{
		"innodb_doublewrite", func(v string, _ bool) bool { return !isOff(v) && v != "DETECT_ONLY" },
		"ON: a page that was half written when the power failed cannot be repaired without it",
	},
	{
		"innodb_flush_method", func(v string, _ bool) bool { return v != "nosync" && v != "littlesync" },
		"one that syncs (O_DIRECT, fsync)",
	},
	{
		"sync_binlog", func(v string, binlog bool) bool { return !binlog || v == "1" },
		"1: with a binary log, anything else lets it and the tables differ after a crash",
	},
}

func isOff(v string) bool { return v == "0" || strings.EqualFold(v, "off") }

// trust refuses a server that may forget what it has confirmed, unless the DSN
// says unsafe=1.
func (d *Database) trust(ctx context.Context, c *conn) error {
	if d.source.unsafe {
		return nil
	}
	t := new(text).writeSQL("SELECT @@log_bin")
	for _, p := range promises {
		t.writeSQL(",@@GLOBAL.", p.setting)
	}
	return c.ask(ctx, t, func(r row) error { return judge(r.str(0), func(i int) string { return r.str(i + 1) }) })
}

func judge(binlog string, value func(i int) string) error {
	var all []error
	for i, p := range promises {
		if v := value(i); !p.kept(v, !isOff(binlog)) {
			all = append(all, fmt.Errorf("the server's setting %s is %s and must be %s", p.setting, v, p.want))
		}
	}
	if all == nil {
		return nil
	}
	return errors.Join(append(all, errors.New("for a database that may lose orders (development, tests) add unsafe=1 to the DSN"))...)
}

// measure asks how large a packet may be.
func (d *Database) measure(ctx context.Context, c *conn) error {
	if c.packet = d.packet; d.packet > 0 {
		return nil
	}
	return c.ask(ctx, new(text).writeSQL("SELECT @@max_allowed_packet"), func(r row) error {
		// The server counts its own few bytes too.
		if c.packet = int(r.num(0)) - 1024; c.packet < leastPacket {
			return fmt.Errorf("the server's setting max_allowed_packet is %d: raise it to 64M, it must be more than %d", r.num(0), leastPacket)
		}
		return nil
	})
}
