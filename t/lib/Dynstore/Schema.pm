# What Debian's JSON Schema validator finds wrong with JSON texts, by a schema of docs/.
package Dynstore::Schema;

use strict;
use warnings;

use Exporter qw(import);
use IPC::Run ();

our @EXPORT_OK = qw(invalid);

my $program = <<'END';
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
for number, line in enumerate(sys.stdin, 1):
    for error in jsonschema.Draft7Validator(schema).iter_errors(json.loads(line)):
        print(f"{number}: {list(error.path)}: {error.message}")
END

# One line for each fault, with the number of the text that has it; empty: all are valid.
sub invalid {
    my ($schema, @texts) = @_;
    my $in = join '', map { s/\s+$//r . "\n" } @texts;
    my $said;
    IPC::Run::run(['/usr/bin/python3', '-c', $program, "docs/$schema.schema.json"], '<', \$in, '>&', \$said)
        or return 'exit code ' . ($? >> 8) . ": $said";
    return $said;
}

1;
