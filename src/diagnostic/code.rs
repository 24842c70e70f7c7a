//! The codes: one table, from which come constants, `lifeboat explain` and the reference.

/// How bad a finding is. Errors sort first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable: `E` for errors, `W` for warnings, and four digits. Never reused.
    pub id: &'static str,
    pub severity: Severity,
    /// Fixed text, without anything of the author's.
    pub summary: &'static str,
    /// A paragraph: when it appears, why it matters, what to do.
    pub explanation: &'static str,
}

/// The code of this id.
pub fn find(id: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

macro_rules! codes {
    ($($name:ident $id:literal $severity:ident $summary:literal $explanation:literal)*) => {
        pub(super) mod list {
            use super::{Code, Severity};
            $(pub const $name: &Code = &Code {
                id: $id,
                severity: Severity::$severity,
                summary: $summary,
                explanation: $explanation,
            };)*
        }
        /// Every code, in the order of their ids.
        pub const ALL: &[&Code] = &[$(list::$name),*];
    };
}

codes! {
SYNTAX "E0001" Error "Syntax error"
"The text is not HCL. The message names what could have stood at this place. Each block is read by itself, so one slip hides no other."

FILE_UNREADABLE "E0002" Error "File cannot be read"
"A configuration file or folder could not be opened, is not UTF-8, contains a NUL byte, or is larger than 64 MiB. Lifeboat reads every `*.hcl` file of the configuration's folder, and does not follow a link that leads in a circle."

TOO_DEEP "E0003" Error "Nested too deeply"
"An expression or a block is nested more than 64 levels deep. Name the inner parts with `locals`."

NO_CONFIGURATION "E0004" Error "No configuration here"
"The folder has no `*.hcl` file. Run `lifeboat init` to write a small configuration that plans at once, or name the folder with `-C`."

DUPLICATE_ATTRIBUTE "E0005" Error "Attribute set twice"
"An attribute has two values in one block, so one of them would be lost. Remove one."

UNKNOWN_BLOCK "E0101" Error "Unknown block"
"No block of this kind exists here. The reference lists every block and what it takes."

UNKNOWN_ATTRIBUTE "E0102" Error "Unknown attribute"
"The block has no attribute of this name. A slip here would otherwise be ignored, and a failover that was meant to be declared would be missing on the day it is needed."

MISSING_ATTRIBUTE "E0103" Error "Missing attribute"
"The block cannot work without this attribute."

WRONG_LABELS "E0104" Error "Wrong labels"
"A block is written with a fixed number of labels: `region \"virginia\" { ... }` has one, `lifeboat { ... }` has none. Labels start with a letter or `_` and continue with letters, digits, `_` and `-`, 63 characters at most."

DUPLICATE_BLOCK "E0105" Error "Declared twice"
"Two blocks have the same kind and name, or a block that may stand only once stands twice. Rename or remove one."

WRONG_TYPE "E0106" Error "Wrong type"
"A value has another type than the attribute, function or operator takes. Lifeboat converts between strings, numbers and booleans where nothing is lost, and never guesses beyond that."

INVALID_VALUE "E0107" Error "Invalid value"
"The value has the right type and cannot be used: a name that no DNS server would take, an address that is none, a number out of range. The message says what is allowed."

DUPLICATE_RECORD "E0108" Error "Record set declared twice"
"Two blocks declare the same name and type in the same zone. A name is served by one `record` or one `failover` block."

DUPLICATE_REPOSITORY "E0109" Error "Repository declared twice"
"Two `image` blocks hold the same repository. Each repository is owned by one block; declare the second image in a repository of its own."

CONFLICTING_ATTRIBUTES "E0110" Error "Attributes exclude each other"
"Attributes of one block contradict each other, such as an image that has both a `source` and a `build` block."

MISSING_BLOCK "E0111" Error "Missing block"
"A block has to be there. A configuration has exactly one `lifeboat` block, which names its stack: everything in the cloud is owned under that name. A private zone that is made needs a `network` block."

UNKNOWN_REFERENCE "E0201" Error "Unknown reference"
"The expression names something that is not declared."

UNKNOWN_FUNCTION "E0202" Error "Unknown function"
"There is no function of this name. Functions are pure: there is no clock and no randomness, so that the same files give the same plan."

FUNCTION_FAILED "E0203" Error "Function call failed"
"A function got a wrong number of arguments or arguments that it cannot work on."

CYCLE "E0204" Error "Reference cycle"
"Values refer to each other in a circle, so none of them can be computed. The message shows the path."

EVALUATION "E0205" Error "Expression cannot be evaluated"
"An operation has no result: a division by zero, an index beyond the end of a list, a missing key. Use `try` or `can` where that is expected."

SECRET_IN_RESOURCE "E0206" Error "Secret in a resource"
"A value from `env()` or a sensitive variable would end up in a plan, in the cloud's records or in output. Secrets are only for `provider` blocks; they are never stored or printed."

FOR_EACH "E0207" Error "Invalid for_each"
"`for_each` takes a map, an object or a set of strings, whose keys become part of addresses. A list counts as the set of its strings. Numbers cannot be keys: inserting an element would rename all that follow."

MISSING_VARIABLE "E0301" Error "Variable has no value"
"A variable without a default got no value. Give one with `--var NAME=VALUE`, a `--var-file`, a `*.auto.vars.hcl` file or the environment variable `LIFEBOAT_VAR_NAME`."

UNKNOWN_VARIABLE "E0302" Error "Value for an undeclared variable"
"A value was given for a variable that the configuration does not declare."

INVALID_VARIABLE "E0303" Error "Invalid value for variable"
"A value does not fit the variable's type, or one of its `validation` blocks refuses it."

REQUIRED_VERSION "E0304" Error "This version of Lifeboat is refused"
"The configuration's `required_version` does not allow the version that is running."

UNKNOWN_PROVIDER "E0401" Error "Unknown provider"
"This build of Lifeboat has no provider of this name."

UNSUPPORTED "E0402" Error "The provider cannot hold this"
"The provider has no such feature, or no room for more. This is found when a plan is made, never halfway through an apply."

OUTSIDE_ZONE "E0403" Error "Name outside its zone"
"A record's name, with the zone's name, has to lie in the zone. Names are relative to the zone unless they end in the zone's name or a dot; `@` is the zone itself."

ALIAS_TARGET "E0404" Error "Alias target missing"
"An alias answers what another name of the same zone answers for the same type. That name has to be declared or exist."

TOO_FEW_TARGETS "E0405" Error "Too few targets"
"A `failover` block has at least two targets: with one there is nothing to fail over to. Use a `record` block for a name with one answer."

IMAGE_NOT_IN_REGION "E0406" Error "Image is not replicated where it runs"
"A target runs an image that is not replicated to the target's region, so the region could not serve the name when it is needed."

PRIMARY_UNCHECKED "W0407" Warning "Primary target has no health check"
"Without a health check the first target counts as healthy for ever, so the name never fails over. (L10)"

CNAME_CONFLICT "E0408" Error "CNAME beside other records"
"A name with a CNAME record can have no other record (RFC 1034 section 3.6.2), and the zone's own name can have none. Use an alias, or `A` and `AAAA` records."

RESOURCE_CYCLE "E0409" Error "Resources depend on each other in a circle"
"Health checks or aliases refer to each other in a circle, so none of them can be made first. The message shows the path."

UNREACHABLE_TARGET "W0410" Warning "Target is never answered"
"A target with weight 0 is answered only while every other target of its tier is unhealthy."

PLATFORM_MISSING "E0411" Error "Image lacks a platform"
"The region's `platforms` say what its machines run, and the image is for other ones. It would be copied, and would not start when it is needed. Build it for all platforms of its regions."

UNKNOWN_RULE "E0412" Error "Unknown rule"
"A `lint` block of `policy` names a rule that there is not, or one that is never looked at because the configuration does not have its facts, so the exception would be for nothing. `docs/drill-lints.md` lists the rules."

IMAGE_SOURCE "E0501" Error "Image source cannot be read"
"The image's source holds no such image, or its layout is broken. A source is `oci:<folder>[:tag]` for an OCI image layout, relative to the configuration's folder, or a registry reference with a host."

IMAGE_UNBUILT "E0502" Error "Image has no build yet"
"The image is declared by a `build` block, and the lock file holds no digest for it. A plan never builds: run `lifeboat image build`, and commit the lock file."

IMAGE_UNLOCKED "W0503" Warning "Image is not locked"
"The lock file holds no digest for this image, so the plan rests on whatever the source holds right now. Run `lifeboat lock` and commit `lifeboat.lock.hcl`, so that everybody plans the same digest."

IMAGE_MOVED "W0504" Warning "Image source has moved on"
"The source now holds another digest than the lock file. The plan uses the locked one. Run `lifeboat lock` to take the new one."

LOCK_INVALID "E0505" Error "Lock file cannot be used"
"`lifeboat.lock.hcl` is damaged, or was written by a newer version. Restore it from version control, or delete it and run `lifeboat lock`."

DOCKERFILE_INVALID "E0506" Error "Dockerfile cannot be used"
"A Dockerfile is missing, cannot be parsed, or names a stage or an image that cannot be found. It is read as BuildKit reads it, with the arguments and the target of the `build` block."

IMAGE_BUILD_FAILED "E0507" Error "Image cannot be built"
"There is no builder, or the builder failed, took too long or wrote something that is no image. What was built before is still there. What the builder said stands on standard error."

IMAGE_STALE "W0508" Warning "Image has changed since it was built"
"The Dockerfile, the context, an argument, the target or a base differ from what the locked image was built from. The plan uses the locked image. Run `lifeboat image build` to build it anew, or `lifeboat image build --check` where that must not be forgotten."

IMAGE_UNRANKED "E0509" Error "No candidate of the image is taken"
"The image has `candidate` blocks, and the lock file does not say which of them wins, or names one that is gone. Build them with `lifeboat image build`, measure them with `lifeboat image rank NAME --region REGION --lock`, and commit the lock file."

IMAGE_UNMEASURED "E0510" Error "Candidates cannot be measured"
"The candidates' contents, the region's registry or the settings of the measurement do not allow a ranking. Nothing was locked. The message says what is in the way."

FOREIGN_OBJECT "E0601" Error "Something foreign is in the way"
"The declared thing exists already and carries no mark of this stack, so somebody else made it. Lifeboat never touches what it does not own. Run `lifeboat adopt ADDRESS` to take it over as it is, or remove or rename one of the two."

OTHER_STACK "E0602" Error "Another stack owns this"
"The declared thing exists already and carries the mark of another stack. Two stacks cannot own one thing: remove it from one of the two configurations."

ZONE_MISSING "E0603" Error "Zone does not exist"
"A zone must exist before names can be served from it. Create it at the provider, or set `create = true` to let this stack own it."

NOT_EMPTY "E0604" Error "Not empty"
"A repository or zone that would be deleted still holds things that are not ours. They would be lost, so the plan is refused. Remove them, or keep the block."

ADOPT_NOTHING "E0605" Error "Nothing to adopt or release"
"`adopt` takes over existing, unmarked objects, and `release` lets go of this stack's own. At this address there is none."

UNKNOWN_ADDRESS "E0606" Error "Unknown address"
"No resource has this address. `lifeboat graph` lists all of them."

UNREACHABLE "W0607" Warning "Part of the world did not answer"
"Something could not be read within its deadline. The plan leaves it out and is marked incomplete (exit code 4, unless it was named by `--lost-region`). Plan again when it answers, or plan around a lost region with `--lost-region NAME`."

PROVIDER_FAILED "E0608" Error "Provider call failed"
"A provider refused or failed a call. The message has its reason."

STILL_USED "E0609" Error "Somebody else still uses this"
"Something would be deleted that somebody else uses: a record set that this stack does not own is an alias of the name or answers by the health check, or another check counts it. Deleting it would change what they answer. Change or remove what uses it, or keep the block."

CHECK_MISSING "E0610" Error "Health check does not exist"
"A record set names a health check by the provider's id, and there is no check of this id. It may have been deleted, or belong to another provider or stack."

NOT_WRITTEN "W0611" Warning "Not written as configuration"
"`lifeboat adopt --generate` writes configuration only for what it can say exactly. This stays as it is and is nobody's. The written file names it in a comment, too."

REGION_GUESSED "W0612" Warning "Regions of targets are guesses"
"A `failover` says in which region each target is, and nothing in the world tells. The regions are given in their order, primary ones first. Correct them: drills and image checks rest on them."

IMAGE_EXPIRES "E0613" Error "Image would be removed by its repository's rule"
"The repository keeps fewer of the newest images than have come after this one, so the registry removes it. A failover would then find no image. Keep more images, or take a newer one."

IMAGE_FADES "W0614" Warning "Image will be removed by its repository's rule"
"The repository's lifecycle rule selects this image, and will remove it: with the next image that comes, or when it is old enough. What a name fails over to should not fade. Keep more images, or let the rule select others."

IMAGE_ARCHIVED "W0615" Warning "Image is archived"
"The registry has put the image away, and it cannot be pulled before it is brought back, which takes minutes. Bring it back before a failover needs it."

MASS_CHANGE "E0701" Error "More changes than expected"
"The plan would change or delete more than 30 % of the record sets that the stack owns in a zone of 10 or more. That is more often a slip than a wish. Look at the plan, then repeat with `--allow-mass-change`."

UNREPLICATED "E0703" Error "Failover to a region without its image"
"A target's image could not be read or copied in the target's region, so the target could not serve. Repair the region, or repeat with `--allow-missing-image`."

NEWLY_VIOLATED "E0704" Error "An objective would no longer hold"
"The plan breaks an objective that holds in the world as it is. `lifeboat drill` shows which losses users would newly feel, and why. If that is meant, such as while a region is taken down, repeat with `--allow-violation`."

PLAN_INVALID "E0801" Error "Plan file cannot be used"
"The file is no plan, is cut short, was edited after it was written, or was written by a newer version of Lifeboat. A plan is applied exactly as it was reviewed or not at all: make a new one with `lifeboat plan --out FILE`."

PLAN_STALE "E0802" Error "The world has moved since the plan was made"
"Something is no longer as the plan expects, so nothing more was written there. Make a new plan, and review it again."

APPLY_FAILED "E0803" Error "A step failed"
"A step of the apply failed. What does not depend on it was still done, and nothing is lost: the next plan continues from here."

APPLY_BUSY "E0804" Error "Another apply is under way"
"Another process is applying this stack. Wait for it, then plan again."

LIVING_FAILED "E0805" Error "The living cloud does not do that"
"A local cloud could not be brought to life on loopback, or did not do as it was told: an address is taken, another process has brought this folder to life, a configuration that the local cloud cannot hold, or one whose checks are not healthy before anything is lost. Nothing but loopback was touched."

USAGE "E0901" Error "Wrong usage"
"The command line does not fit. `lifeboat help VERB` shows what a verb takes."

FILE_UNWRITABLE "E0902" Error "File cannot be written"
"A file could not be written. What was there before is still there."

NOT_CONFIRMED "E0903" Error "Not confirmed"
"The question was not answered with the word asked for, so nothing was done."

OBJECTIVE_IMPOSSIBLE "E1001" Error "Nothing could meet this objective"
"An objective survives the loss of as many regions as its failover has targets in, so that nothing would be left to answer. Add a target in another region, or lower `survive`."

OUTAGE_INVALID "E1002" Error "These losses cannot be drilled"
"A drill was asked to lose something that the configuration does not have, nothing at all, or more than there is. `lifeboat drill --json` lists every component: regions by their names, and `registry:`, `checkers:`, `control:` and `dependency:` with a name."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_sorted_and_say_their_severity() {
        let numbers: Vec<&str> = ALL.iter().map(|code| &code.id[1..]).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        for code in ALL {
            let letter = match code.severity {
                Severity::Error => 'E',
                Severity::Warning => 'W',
            };
            assert!(code.id.starts_with(letter), "{}", code.id);
            assert!(
                !code.summary.ends_with('.') && code.explanation.ends_with(['.', ')']),
                "{}",
                code.id
            );
        }
    }
}
