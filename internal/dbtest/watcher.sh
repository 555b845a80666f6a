# watcher FOLDER-TEMPLATE: makes the scratch folder of a database server, prints
# its name, and waits for the end of its standard input, which comes when the
# process that started it closes it or dies, kill -9 included. Then it kills
# every process that works in the folder and removes the folder.
trap '' HUP INT QUIT PIPE TERM
cd /
folder=$(mktemp -d "$1") || exit
echo "$folder"
read -r _

# A server's processes are known by where they work: PostgreSQL's leave the
# process group they were started in and change their names.
working() {
	find /proc/[0-9]* -maxdepth 1 -name cwd \( -lname "$folder" -o -lname "$folder/*" \) 2>/dev/null |
		cut -d / -f 3
}
pids=$(working)
while [ -n "$pids" ]; do
	kill -9 $pids 2>/dev/null
	sleep 0.02
	pids=$(working)
done

# A killed PostgreSQL leaves a small segment of shared memory: line 7, id second.
for lock in "$folder"/*/postmaster.pid; do
	[ -f "$lock" ] && sed -n 7p "$lock" | { read -r _ segment && ipcrm -m "$segment"; } 2>/dev/null
done
rm -rf "$folder"
