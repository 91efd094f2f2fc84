// The API document's own names for its two string maps.
global using ConfigMap = System.Collections.Generic.IReadOnlyDictionary<string, string>;
global using DevicesMap = System.Collections.Generic.IReadOnlyDictionary<
    string, System.Collections.Generic.IReadOnlyDictionary<string, string>>;
