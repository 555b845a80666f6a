package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/transcode"
)

// tries adds --dry-run to a command that writes to stock. The command then prints what the write
// would answer, and what would change.
func (c *talkConfig) tries(cmd *cobra.Command, run func(context.Context) error) *cobra.Command {
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "change nothing, say what would change")
	return c.writes(cmd, func(ctx context.Context) error {
		if err := run(ctx); err != nil || !c.dryRun || c.JSON || c.CSV {
			return err
		}
		return c.printPreview(ctx)
	})
}

// tryWrites makes each write a dry run if the command is one. A write that has no dry run is refused.
func (c *talkConfig) tryWrites(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if !c.dryRun || !isWrite(method) {
		return invoke(ctx, method, request, reply, conn, opts...)
	}
	err := invoke(metadata.AppendToOutgoingContext(ctx, "dry_run", "true"), method, request, reply, conn, opts...)
	if tried, is := reply.(interface{ GetDryRun() bool }); err == nil && (!is || !tried.GetDryRun()) {
		return fmt.Errorf("%s was carried out: the server knows no dry run", method)
	}
	if batch, is := reply.(*holdfastv1.ExecuteBatchResponse); is {
		c.tried = batch.GetResults()
	}
	return err
}

// isWrite reports whether a gRPC method is a write.
func isWrite(method string) bool {
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	md, is := d.(protoreflect.MethodDescriptor)
	return err == nil && is && transcode.Method(md).GetWrite()
}

// printPreview prints what the command would change.
func (c *talkConfig) printPreview(ctx context.Context) error {
	fmt.Fprintf(c.out, "\n%s\n", c.words.translate("Nothing was stored. This would change:"))
	accounts := c.table("product", "location", "account", "before", "after")
	opened := c.table("case", "product", "location", "units")
	for _, r := range c.tried {
		for _, i := range r.GetPreview().GetItems() {
			u := c.unitOf(ctx, i.GetProductId())
			for _, a := range i.GetAccounts() {
				accounts.row(i.GetProductId(), i.GetLocationId(), a.GetAccount(), u.amount(a.GetBefore()), u.amount(a.GetAfter()))
			}
		}
		for _, n := range r.GetPreview().GetCases() {
			opened.row(c.cell(n.GetKind()), n.GetProductId(), n.GetLocationId(), c.unitOf(ctx, n.GetProductId()).amount(n.GetQuantity()))
		}
	}
	if err := accounts.Flush(); err != nil || len(opened.rows) == 1 {
		return err
	}
	fmt.Fprintln(c.out)
	return opened.Flush()
}
