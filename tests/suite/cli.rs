//! The program from outside: its texts, its messages, its exit statuses, and that the documents know its options.

use std::fs;

use vncterm::config::generate::manual;
use vncterm::config::options::OPTIONS;

use crate::house::source::root;

#[test]
fn the_manual_page_is_what_the_table_makes_of_it() {
    let path = root().join("man/vncterm.1");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, manual()).expect("the page is written");
    }
    let page = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == manual(), "man/vncterm.1 is not what src/config/generate.rs makes: BLESS=1 cargo test cli");
}

/// Every `--option` that README and docs give to vncterm exists.
#[test]
fn documents_name_only_options_that_exist() {
    let mut documents = vec![root().join("README.md")];
    documents.extend(fs::read_dir(root().join("docs")).expect("docs is read").flatten().map(|entry| entry.path()));
    for path in documents.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let document = fs::read_to_string(path).expect("the document is read");
        for command in
            document.split('`').chain(document.lines()).filter_map(|line| line.trim().strip_prefix("vncterm "))
        {
            let ours = command.split_whitespace().take_while(|word| *word != "--" && !word.contains("$("));
            for word in ours.filter_map(|word| word.strip_prefix("--")) {
                let name: String = word.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                let known = OPTIONS.iter().any(|option| option.name == name) || ["help", "version"].contains(&&*name);
                assert!(known, "{}: vncterm has no --{name}", path.display());
            }
        }
    }
}
