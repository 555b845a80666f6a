package main

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// language is the language for the person: "" is English.
type language string

const chinese language = "zh"

// languageOf is the language of the environment's locale.
func languageOf(environ []string) language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := variable(environ, name); locale != "" {
			if strings.HasPrefix(strings.ToLower(locale), string(chinese)) {
				return chinese
			}
			return ""
		}
	}
	return ""
}

// translate is the text in the language; a text that is not in the catalogue stays English.
func (l language) translate(text string) string {
	if l == chinese {
		if said, ok := inChinese[text]; ok {
			return said
		}
	}
	return text
}

// speak translates the help of the commands into the language.
func (l language) speak(tree *cobra.Command) {
	if l == "" {
		return
	}
	var each func(*cobra.Command)
	each = func(cmd *cobra.Command) {
		if short := l.translate(cmd.Short); short != cmd.Short {
			long := helpInChinese[cmd.Short]
			cmd.Short, cmd.Long = short, cmp.Or(long, short+"。") // the long one is in English
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { f.Usage = l.translate(f.Usage) })
		for _, sub := range cmd.Commands() {
			each(sub)
		}
	}
	each(tree)
	for _, group := range tree.Groups() {
		group.Title = l.translate(group.Title)
	}
	usual := tree.HelpFunc()
	tree.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		out := cmd.OutOrStdout()
		var text bytes.Buffer
		cmd.SetOut(&text)
		usual(cmd, args)
		cmd.SetOut(out)
		lines := strings.SplitAfter(text.String(), "\n")
		for i, line := range lines {
			bare := strings.TrimRight(line, "\n")
			if said := l.translate(bare); said != bare && strings.HasSuffix(bare, ":") {
				lines[i] = said + line[len(bare):]
			}
			if before, _, ok := strings.Cut(line, "help for "+cmd.Name()); ok {
				lines[i] = before + "看说明\n"
			}
			if rest, ok := strings.CutPrefix(bare, `Use "`); ok {
				command, _, _ := strings.Cut(rest, " [command]")
				lines[i] = "用 “" + command + " 命令 --help” 看一个命令的说明。\n"
			}
		}
		_, _ = out.Write([]byte(strings.Join(lines, ""))) // there is nobody to report the error to
	})
}
