//! Writes and reads the small part of XML that AWS's XML protocols use.

use std::fmt::Display;

use roxmltree::Node;

/// A document in the making. Values are escaped; names are ours.
pub(crate) struct Xml {
    text: String,
}

impl Xml {
    /// A document whose root is filled by `content`.
    pub(crate) fn document(root: &str, namespace: &str, content: impl FnOnce(&mut Self)) -> String {
        let mut xml = Self { text: "<?xml version=\"1.0\"?>\n".to_owned() };
        xml.push(&["<", root, " xmlns=\"", namespace, "\">"]);
        content(&mut xml);
        xml.push(&["</", root, ">"]);
        xml.text
    }

    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.push(&["<", name, ">"]);
        content(self);
        self.push(&["</", name, ">"]);
    }

    fn push(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
    }

    pub(crate) fn leaf(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        self.element(name, |xml| xml.escaped(&value));
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.leaf(name, value);
        }
    }

    fn escaped(&mut self, value: &str) {
        for letter in value.chars() {
            match letter {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '\r' => self.text.push_str("&#13;"),
                _ => self.text.push(letter),
            }
        }
    }
}

pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The text of a child element; `None` when there is no such element.
pub(crate) fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name).map(content)
}

pub(crate) fn content(node: Node<'_, '_>) -> String {
    node.children().filter_map(|child| child.is_text().then(|| child.text()).flatten()).collect()
}

/// The members of a list: the elements called `member` below the child called `list`.
pub(crate) fn list<'a, 'i>(node: Node<'a, 'i>, list: &str, member: &str) -> Vec<Node<'a, 'i>> {
    let Some(list) = child(node, list) else { return Vec::new() };
    list.children().filter(|child| child.tag_name().name() == member).collect()
}
