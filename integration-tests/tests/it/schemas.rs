//! The forms that are published for what programs read: docs/schemas.

use std::path::Path;

use serde_json::Value;

/// Panics unless a value has the form that is published for it.
#[track_caller]
pub(crate) fn must_fit(value: &Value, schema: &str) {
    let name = format!("../docs/schemas/{schema}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let schema: Value = serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap();
    if let Err(wrong) = fits(value, &schema, &schema, "element") {
        panic!("{wrong}\n{value:#}");
    }
}

/// Compares with the few words that our schemas use.
fn fits(value: &Value, schema: &Value, all: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let place = reference.strip_prefix('#').unwrap();
        return fits(value, all.pointer(place).unwrap(), all, at);
    }
    let as_list = |value: &Value| match value {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let types = as_list(&schema["type"]);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let has_type = types.is_empty() || types.iter().any(|known| known == kind);
    let words = [as_list(&schema["enum"]), as_list(&schema["const"])].concat();
    if !has_type || !(words.is_empty() || words.contains(value)) {
        return Err(format!("{at} cannot be {value}"));
    }
    for element in value.as_array().into_iter().flatten() {
        fits(element, &schema["items"], all, &format!("{at}[]"))?;
    }
    let Some(object) = value.as_object() else { return Ok(()) };
    for required in as_list(&schema["required"]) {
        if !object.contains_key(required.as_str().unwrap()) {
            return Err(format!("{at} has no {required}"));
        }
    }
    for (key, below) in object {
        let known = schema["properties"].get(key).ok_or(format!("{at} has {key}"))?;
        fits(below, known, all, &format!("{at}.{key}"))?;
    }
    Ok(())
}
