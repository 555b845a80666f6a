package hot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/rueidis"
)

// scanPage is how many keys a server looks at in one step, and how many are dropped together.
const scanPage = 1000

// DropTenant drops all keys of the tenant in every Redis that is named, and reports how many there were; with dry it only
// counts. No server may run. A repeat finds what an interrupted call left.
func (b *Balances) DropTenant(ctx context.Context, tenant string, dry bool) (n int64, err error) {
	for second := range b.lines {
		if b.lines[second] == nil {
			continue
		}
		c, err := b.clientOf(second == 1)
		if err != nil {
			return n, err
		}
		some, err := dropTenant(ctx, c, tenant, dry)
		if n += some; err != nil {
			return n, err
		}
	}
	return n, nil
}

func dropTenant(ctx context.Context, c rueidis.Client, tenant string, dry bool) (n int64, err error) {
	for addr, node := range c.Nodes() {
		role, err := node.Do(ctx, node.B().Role().Build()).ToArray()
		if err == nil && len(role) == 0 {
			err = errors.New("it has no role")
		}
		if err != nil {
			return n, fmt.Errorf("redis %s: %w", addr, err)
		}
		if is, err := role[0].ToString(); err != nil || is != "master" { // a replica has what its primary has
			if err != nil {
				return n, fmt.Errorf("redis %s: %w", addr, err)
			}
			continue
		}
		for cursor, more := uint64(0), true; more; more = cursor != 0 {
			page, err := node.Do(ctx, node.B().Scan().Cursor(cursor).Match("{*"+globbed(escape(tenant))+"|*").Count(scanPage).Build()).AsScanEntry()
			if err != nil {
				return n, fmt.Errorf("redis %s: %w", addr, err)
			}
			cursor = page.Cursor
			some, err := drop(ctx, c, page.Elements, tenant, dry)
			if n += some; err != nil {
				return n, fmt.Errorf("redis %s: %w", addr, err)
			}
		}
	}
	return n, nil
}

// drop drops those keys that are of the tenant.
func drop(ctx context.Context, c rueidis.Client, keys []string, tenant string, dry bool) (n int64, err error) {
	var all rueidis.Commands
	for _, key := range keys {
		switch {
		case !isOf(key, tenant):
		case dry:
			n++
		default:
			all = append(all, c.B().Unlink().Key(key).Build())
		}
	}
	for _, answer := range c.DoMulti(ctx, all...) {
		some, err := answer.AsInt64()
		if n += some; err != nil {
			return n, err
		}
	}
	return n, nil
}

// globbed is a pattern that only the text matches.
func globbed(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(text)
}
